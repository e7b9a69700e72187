from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from cbmir_gui.core.records import DisplayInfo, GrayChoice
from cbmir_gui.core.search_records import Prediction
from cbmir_gui.gui.query.panel import QueryPanel
from cbmir_gui.gui.query.prediction_bars import percent
from cbmir_gui.gui.query.query import Query


@pytest.fixture
def panel(qtbot: QtBot) -> QueryPanel:
    panel = QueryPanel([QAction("Open")], QMenu())
    qtbot.addWidget(panel)
    panel.show()
    return panel


def test_an_empty_panel_invites_to_drop_or_open(
    qtbot: QtBot, panel: QueryPanel
) -> None:
    assert panel.drop_zone.isVisible()
    with qtbot.waitSignal(panel.open_requested):
        panel.drop_zone.clicked.emit()


def test_a_picture_comes_with_its_facts_and_without_the_patient(
    panel: QueryPanel, make: Any
) -> None:
    panel.show_query(Query("/images/query.dcm"))
    panel.show_image(make.image())
    assert panel.image_view.image().width() == 64
    assert panel.facts() == "CT · Head · DICOM · 64 × 48"  # noqa: RUF001


def test_a_single_frame_has_no_frame_chooser(panel: QueryPanel, make: Any) -> None:
    panel.show_query(Query("/images/query.dcm"))
    panel.show_image(make.image())
    assert panel.frames.isHidden()


def test_a_chosen_frame_is_told_once_the_user_has_settled(
    qtbot: QtBot, panel: QueryPanel, make: Any
) -> None:
    panel.show_query(Query("/images/query.dcm"))
    panel.show_image(make.image(num_frames=30, frame=2))
    assert panel.frames.isVisible()
    assert panel.frames.frame() == 2
    with qtbot.waitSignal(panel.frame_chosen) as chosen:
        panel.frames.set_frame(10)
        panel.frames.set_frame(11)
    assert chosen.args == [11]


def test_a_ct_offers_its_usual_windows_and_a_png_none(
    qtbot: QtBot, panel: QueryPanel, make: Any
) -> None:
    panel.show_query(Query("/images/query.dcm"))
    panel.show_image(make.image())
    with qtbot.waitSignal(panel.window_chosen) as chosen:
        panel.windows.choose("-600,1500")
    assert chosen.args == ["-600,1500"]
    panel.show_query(Query("/images/query.png"))
    panel.show_image(make.image(file_format="PNG", modality=""))
    assert panel.windows.isHidden()


def test_another_window_keeps_zoom_and_choice(panel: QueryPanel, make: Any) -> None:
    panel.show_query(Query("/images/query.dcm"))
    panel.show_image(make.image())
    panel.windows.choose("minmax")
    panel.image_view.set_view(3.0, panel.image_view.rect().center().toPointF())
    panel.show_image(make.image())
    assert panel.image_view.zoom() == 3.0


def test_predictions_are_read_out_and_name_the_model(panel: QueryPanel) -> None:
    panel.show_predictions((Prediction("ct_head", 0.98765),), "vgg16-c18")
    assert panel.bars.accessibleName() == "ct head 98.8 %"


def test_a_class_that_no_near_image_has_is_said_to_be_doubtful(
    panel: QueryPanel,
) -> None:
    bogus = (Prediction("leg_mr", 1.0),)
    panel.show_predictions(bogus, "vgg16-c18", contradicted=True)
    assert "None of the 5 nearest images has this class" in panel.prediction_note()
    panel.show_predictions(bogus, "vgg16-c18")
    assert panel.prediction_note() == "by vgg16-c18"


def test_a_new_query_keeps_nothing_of_the_last(panel: QueryPanel, make: Any) -> None:
    panel.show_query(Query("/images/a.dcm"))
    panel.show_image(make.image(num_frames=9))
    panel.show_predictions((Prediction("ct_head", 1.0),), "vgg16-c18")
    panel.show_query(Query("/images/b.dcm"))
    assert panel.image_view.image().isNull()
    assert panel.facts() == ""
    assert panel.frames.isHidden()
    assert panel.bars.accessibleName() == ""


def test_a_thumbnail_says_that_it_is_one(panel: QueryPanel) -> None:
    panel.show_query(Query("/images/gone.dcm", "abc:1"))
    panel.show_thumbnail(QImage(10, 10, QImage.Format.Format_RGB32), "It is gone.")
    assert panel.facts() == "Thumbnail only: It is gone."


@pytest.mark.parametrize(
    ("probability", "text"),
    [(0.973, "97.3 %"), (0.00004, "< 0.1 %"), (0.99999, "> 99.9 %"), (1.0, "100.0 %")],
)
def test_a_probability_is_never_rounded_to_certainty(
    probability: float, text: str
) -> None:
    assert percent(probability) == text


def test_another_frame_keeps_slider_zoom_and_window(
    panel: QueryPanel, make: Any
) -> None:
    query = Query("/images/query.dcm")
    panel.show_query(query)
    panel.show_image(make.image(num_frames=30))
    panel.windows.choose("minmax")
    panel.image_view.set_view(2.0, panel.image_view.rect().center().toPointF())
    panel.show_query(query.at_frame(5))
    assert panel.frames.isVisible()
    assert not panel.image_view.image().isNull()
    panel.show_image(make.image(num_frames=30, frame=5))
    assert panel.frames.frame() == 5
    assert panel.image_view.zoom() == 2.0


def test_another_frame_leaves_the_slider_where_it_is(
    qtbot: QtBot, panel: QueryPanel, make: Any
) -> None:
    query = Query("/images/query.dcm")
    panel.resize(292, 700)
    panel.show_query(query)
    panel.show_image(make.image(num_frames=30))
    panel.show_predictions((Prediction("ct_head", 0.9),) * 5, "vgg16-c18")
    panel.layout().activate()
    place = panel.frames.geometry()
    panel.show_query(query.at_frame(5))
    panel.layout().activate()
    assert panel.frames.geometry() == place
    assert not panel.bars.isEnabled()
    panel.show_predictions((Prediction("mr_brain", 0.9),) * 5, "vgg16-c18")
    assert panel.bars.isEnabled()


def test_what_a_file_says_cannot_pass_for_markup(panel: QueryPanel, make: Any) -> None:
    panel.show_query(Query("/images/query.dcm"))
    panel.show_image(make.image(body_part="<b>HEAD</b>"))
    assert panel._facts.textFormat() == Qt.TextFormat.PlainText


def test_windows_and_tables_of_the_file_are_offered_by_their_names(
    qtbot: QtBot, panel: QueryPanel, make: Any
) -> None:
    choices = (
        GrayChoice("SOFT", is_table=True),
        GrayChoice("", is_table=True),
        GrayChoice("LUNG", -600, 1500),
        GrayChoice("", 40.5, 400),
    )
    panel.show_query(Query("/images/query.dcm"))
    panel.show_image(make.image(modality="MR", display=DisplayInfo(choices)))
    assert panel.windows.choices() == [
        "Usual: SOFT",
        "Table 2",
        "LUNG (-600, 1500)",
        "Window 4 (40.5, 400)",
        "Full range",
    ]
    with qtbot.waitSignal(panel.window_chosen) as chosen:
        panel.windows.choose("voi:3")
    assert chosen.args == ["voi:3"]


def test_colours_have_no_gray_values_to_choose(panel: QueryPanel, make: Any) -> None:
    for is_color in (True, False, True):
        panel.show_query(Query("/images/query.dcm"))
        panel.show_image(make.image(display=DisplayInfo(is_color=is_color)))
        assert panel.windows.isHidden() == is_color


def test_a_single_window_without_a_name_is_just_the_usual_one(
    panel: QueryPanel, make: Any
) -> None:
    panel.show_query(Query("/images/query.dcm"))
    display = DisplayInfo((GrayChoice("", 40, 400),) * 2)  # written twice
    panel.show_image(make.image(modality="MR", display=display))
    assert panel.windows.choices() == ["Usual", "Full range"]


def test_the_first_of_several_windows_without_names_is_told_by_its_values(
    panel: QueryPanel, make: Any
) -> None:
    panel.show_query(Query("/images/query.dcm"))
    display = DisplayInfo((GrayChoice("", 40.5, 400), GrayChoice("", 600, 1200)))
    panel.show_image(make.image(modality="MR", display=display))
    assert panel.windows.choices() == [
        "Usual (40.5, 400)",
        "Window 2 (600, 1200)",
        "Full range",
    ]


def test_another_frame_names_its_own_windows_and_keeps_the_choice(
    panel: QueryPanel, make: Any
) -> None:
    query = Query("/images/query.dcm")
    panel.show_query(query)
    for frame, center in ((1, 10.0), (2, 20.0)):
        choices = (GrayChoice("A", center, 50), GrayChoice("B", center, 99))
        panel.show_query(query.at_frame(frame))
        panel.show_image(
            make.image(num_frames=2, frame=frame, display=DisplayInfo(choices))
        )
        assert panel.windows.choices()[1] == f"B ({center:g}, 99)"
        if frame == 1:
            panel.windows.choose("voi:2")
    assert panel.windows.chosen() == "voi:2"
    panel.show_query(Query("/images/other.dcm"))
    assert panel.windows.chosen() == "first"


def test_overlays_are_offered_where_there_are_any_and_off_at_first(
    qtbot: QtBot, panel: QueryPanel, make: Any
) -> None:
    panel.show_query(Query("/images/query.dcm"))
    panel.show_image(make.image())
    assert panel.overlays.isHidden()
    panel.show_query(Query("/images/overlays.dcm"))
    panel.show_image(make.image(display=DisplayInfo(num_overlays=1)))
    assert panel.overlays.isVisible()
    assert not panel.overlays.isChecked()
    with qtbot.waitSignal(panel.overlays_chosen) as chosen:
        panel.overlays.click()
    assert chosen.args == [True]
    panel.show_query(Query("/images/other.dcm"))
    assert panel.overlays.isHidden()
    assert not panel.overlays.isChecked()
