"""How the figures came about, in words and formulas."""

from html import escape

from PySide6.QtWidgets import QTextBrowser, QVBoxLayout, QWidget

from cbmir_gui.gui.evaluation.report import Report
from cbmir_gui.gui.evaluation.report_text import (
    counts_sentence,
    definitions,
    protocol_sentence,
)


class ProtocolPage(QWidget):
    """The protocol, and the definition of every measure."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = QTextBrowser()
        self._text.setAccessibleName(self.tr("Protocol"))
        self._text.setTabChangesFocus(True)
        column = QVBoxLayout(self)
        column.addWidget(self._text)

    def show_report(self, report: Report) -> None:
        """Show the protocol of another report."""
        sentences = (protocol_sentence(report), counts_sentence(report))
        paragraphs = "".join(f"<p>{escape(text)}</p>" for text in sentences)
        rows = "".join(
            f"<tr><td><b>{escape(name)}</b>&nbsp;&nbsp;</td><td>{escape(text)}</td></tr>"
            for name, text in definitions(report)
        )
        title = escape(self.tr("Definitions"))
        self._text.setHtml(f"{paragraphs}<h4>{title}</h4><table>{rows}</table>")

    def text(self) -> str:
        """Return what is shown."""
        return self._text.toPlainText()
