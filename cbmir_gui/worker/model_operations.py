"""What is asked about trained models."""

import json
from pathlib import Path
from typing import Any

from cbmir_gui.core.json_types import to_json
from cbmir_gui.core.progress import Progress
from cbmir_gui.engine.operation_answers import (
    CardDocument,
    ModelList,
    ModelName,
    NoAnswer,
    Written,
)
from cbmir_gui.engine.operations import (
    ExportModelArguments,
    ImportModelArguments,
    ModelArguments,
    NoArguments,
)


def model_handlers() -> dict[str, Any]:
    """Return what does the work, by the names of `engine.operations`."""
    return {
        "models": _models,
        "model_card": _model_card,
        "verify_model": _verify_model,
        "delete_model": _delete_model,
        "export_model": _export_model,
        "import_model": _import_model,
    }


def _models(_arguments: NoArguments, _: Progress) -> ModelList:
    from cbmir_gui.services.models import list_models

    return ModelList(tuple(list_models()))


def _model_card(arguments: ModelArguments, _: Progress) -> CardDocument:
    from cbmir_gui.services.models import load_card

    return _document(load_card(arguments.model))


def _verify_model(arguments: ModelArguments, progress: Progress) -> CardDocument:
    from cbmir_gui.services.models import verify_model

    progress(0, 0, "Reading the weights")
    return _document(verify_model(arguments.model))


def _delete_model(arguments: ModelArguments, _: Progress) -> NoAnswer:
    from cbmir_gui.services.models import delete_model

    delete_model(arguments.model)
    return NoAnswer()


def _export_model(arguments: ExportModelArguments, progress: Progress) -> Written:
    from cbmir_gui.services.model_export import export_model

    progress(0, 0, "Writing the model")
    export_model(arguments.model, Path(arguments.out), arguments.form)
    return Written(arguments.out)


def _import_model(arguments: ImportModelArguments, progress: Progress) -> ModelName:
    from cbmir_gui.services.model_import import import_model

    progress(0, 0, "Checking the model")
    return ModelName(import_model(Path(arguments.file), arguments.name))


def _document(card: object) -> CardDocument:
    return CardDocument(json.dumps(to_json(card), indent=2, ensure_ascii=False))
