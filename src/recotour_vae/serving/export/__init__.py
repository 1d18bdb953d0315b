"""A trained model as a file that something other than Python runs.

`contents` says which arrays of a model are needed, `packing` writes them in fewer bytes, `web`
makes a script of them for a page, and `scores` computes what that page will. `chains` says with
which operators a model's scores are computed, `graph` gathers them, and `onnx_file` writes them.
`facts` are what either file says of itself.
"""

from typing import TYPE_CHECKING

from recotour_vae.lazy import lazily

if TYPE_CHECKING:
    from recotour_vae.serving.export.onnx_file import OnnxFile, export_onnx
    from recotour_vae.serving.export.scores import WebModel
    from recotour_vae.serving.export.web import export_web, read_web, web_script
else:
    __getattr__, __dir__ = lazily(
        __name__,
        onnx_file="OnnxFile export_onnx",
        scores="WebModel",
        web="export_web read_web web_script",
    )

__all__ = ["OnnxFile", "WebModel", "export_onnx", "export_web", "read_web", "web_script"]
