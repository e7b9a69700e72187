"""`cbmir models list|show|verify|export|import|delete`: the trained models."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from cbmir_gui.cli.answers import Answer, format_table
from cbmir_gui.cli.arguments import add_command, add_group
from cbmir_gui.cli.reconstruct import add_reconstruct_parser
from cbmir_gui.core.json_types import to_json

if TYPE_CHECKING:
    from cbmir_gui.cli.arguments import Subparsers


def add_parser(commands: "Subparsers") -> None:
    """Describe the commands."""
    group = add_group(commands, "models", "list, check and move trained models")
    add_command(group, "list", "list the models").set_defaults(run=run_list)
    for name, summary, action in (
        ("show", "print the card of a model", run_show),
        ("verify", "check that card and weights of a model agree", run_verify),
        ("delete", "delete a model that was trained or imported here", run_delete),
    ):
        parser = add_command(group, name, summary)
        parser.add_argument("name", metavar="NAME")
        parser.set_defaults(run=action)
    parser = add_command(
        group,
        "export",
        "write a model to one file: all of it (.cbmir), its network for Keras "
        "(.keras) or other frameworks (.onnx), or its card (.json)",
    )
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("out", metavar="OUT.cbmir|OUT.keras|OUT.onnx|OUT.json")
    parser.set_defaults(run=run_export)
    parser = add_command(group, "import", "take over a model that was exported")
    parser.add_argument("file", metavar="FILE.cbmir")
    parser.add_argument("--name", default="", help="name to give it")
    parser.set_defaults(run=run_import)
    add_reconstruct_parser(group)


def run_list(arguments: argparse.Namespace) -> Answer:
    """List the models, those that cannot be used too."""
    from cbmir_gui.services.models import list_models

    models = list_models()
    rows = [
        (
            model.name,
            model.architecture,
            len(model.classes),
            model.default_layer,
            model.default_metric,
            model.created,
            model.problem or "ok",
        )
        for model in models
    ]
    header = ("name", "architecture", "classes", "layer", "metric", "created", "state")
    text = format_table(header, rows) if rows else "There are no models yet."
    return Answer(models, text)


def run_show(arguments: argparse.Namespace) -> Answer:
    """Print the card of a model."""
    from cbmir_gui.services.models import load_card

    card = to_json(load_card(arguments.name))
    return Answer(card, json.dumps(card, indent=2))


def run_verify(arguments: argparse.Namespace) -> Answer:
    """Fail if anything of a model is damaged."""
    from cbmir_gui.services.models import verify_model

    verify_model(arguments.name)
    document = {"name": arguments.name, "ok": True}
    return Answer(document, f"{arguments.name}: card and weights agree")


def run_delete(arguments: argparse.Namespace) -> Answer:
    """Delete a model."""
    from cbmir_gui.services.models import delete_model

    delete_model(arguments.name)
    return Answer({"deleted": arguments.name}, f"{arguments.name}: deleted")


def run_export(arguments: argparse.Namespace) -> Answer:
    """Export a model."""
    from cbmir_gui.services.model_export import export_model

    out = Path(arguments.out)
    export_model(arguments.name, out)
    return Answer({"name": arguments.name, "out": out}, f"{arguments.name}: {out}")


def run_import(arguments: argparse.Namespace) -> Answer:
    """Import a model."""
    from cbmir_gui.services.model_import import import_model

    name = import_model(Path(arguments.file), arguments.name)
    return Answer({"name": name}, f"{name}: imported")
