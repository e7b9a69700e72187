import json
from dataclasses import asdict, replace

from cbmir_gui.cli.main import build_parser
from cbmir_gui.cli.train import request_of
from cbmir_gui.core.records import TrainRequest
from cbmir_gui.networks.card import Card
from cbmir_gui.networks.training_command import training_command

CARD = Card(
    name="mine",
    architecture="dcnn",
    variant="default",
    classes=("ct", "mr"),
    layers={"fc1": 4096},
    default_layer="fc1",
    default_metric="euclidean",
    preprocessing="centre-of-256-gray-minus-mean",
    input_size_px=224,
)


def test_the_command_asks_for_what_the_card_says() -> None:
    request = TrainRequest(
        "/tmp/a b.csv",
        architecture="dcnn",
        name="mine",
        set_name="c24",
        splits=("train", "val"),
        label="modality",
        recipe="published",
        epochs=30,
        batch_size=64,
        seed=7,
        augment=False,
    )
    # As JSON keeps it: a list of splits.
    stored = json.loads(json.dumps(asdict(request)))
    command = training_command(replace(CARD, training={"request": stored}))
    assert command.startswith(
        "cbmir train '/tmp/a b.csv' --arch dcnn --set c24 --split train,val"
    )
    words = command.split("'")
    arguments = [*words[0].split()[1:], words[1], *words[2].split()]
    assert request_of(build_parser().parse_args(arguments)) == request


def test_a_card_that_does_not_say_gives_the_usual_command() -> None:
    assert training_command(CARD) == "cbmir train DATA --arch dcnn --name mine"
    odd = replace(CARD, training={"request": ["x"]})
    assert training_command(odd) == "cbmir train DATA --arch dcnn --name mine"
