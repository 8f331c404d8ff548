"""Imports go down only: a module knows what lies below it, never who uses it."""

import re

from tests.source import imports_of, product_modules, python_files

# From the top. A module may import from lower layers, and from its own folder (its unit).
LAYERS: list[tuple[str, str]] = [
    (
        "wiring",
        r"promptcms(\.(settings|urls|celery|wsgi|apps|theme|logs|middleware|checks|file_broker))?",
    ),
    (
        "door",
        r"(registry|evaluation)\.(web|admin|apps|management|demo|templatetags|ci|runtime\.api)(\..+)?"
        r"|.+\.(views|urls|tasks|serializers|authentication|parsers)",
    ),
    ("live traffic", r"evaluation\.online(\..+)?"),
    ("evaluation", r"evaluation\.offline(\..+)?"),
    ("prompts and runtime", r"registry\.(prompts|runtime|notices)(\..+)?"),
    ("release", r"registry\.release(\..+)?"),
    ("projects", r"registry\.projects(\..+)?"),
    ("audit", r"registry\.audit(\..+)?"),
    (
        "models",
        r"(registry|evaluation)\.guards(\..+)?|.+\.models(_\w+)?|evaluation\.providers(\..+)?",
    ),
    ("domain of the evaluation", r"evaluation\.domain(\..+)?"),
    (
        "ground",
        r"(registry|evaluation)|registry\.domain(\..+)?"
        r"|promptcms\.(guards|site|bootstrap|progress|secret|folders|database_copy|processes(\..+)?)",
    ),
]
MODELS = 8
# Doors may use each other's parts, and models name each other's choices.
OPEN_LAYERS = {"wiring", "door", "models"}
FRAMEWORKS = ("django", "rest_framework", "celery", "kombu", "redis", "psycopg", "promptcms")


def layer_of(module: str) -> int:
    """Return the index of the module's layer, 0 at the top; models before folders."""
    if re.fullmatch(LAYERS[MODELS][1], module):
        return MODELS
    for index, (_, pattern) in enumerate(LAYERS):
        if re.fullmatch(pattern, module):
            return index
    raise LookupError(f"{module} stands in no layer: add it to LAYERS in {__file__}")


def unit_of(module: str) -> str:
    """Return the folder whose modules may import each other: `registry.release`."""
    first, *rest = module.split(".")
    return first if first == "promptcms" else ".".join([first, *rest[:1]])


def faults_of(importer: str, imported: str) -> str | None:
    """Return what is wrong with `importer` importing `imported`, or None."""
    above, below = layer_of(importer), layer_of(imported)
    if below < above:
        return f"{importer} ({LAYERS[above][0]}) imports {imported} ({LAYERS[below][0]}) above it"
    is_open = LAYERS[above][0] in OPEN_LAYERS
    if below == above and not is_open and unit_of(importer) != unit_of(imported):
        return f"{importer} imports its neighbour {imported}"
    if importer.startswith("registry.") and imported.startswith("evaluation") and above > 1:
        return f"{importer} imports {imported}: only pages of the registry know the evaluation"
    return None


def test_every_import_inside_the_product_points_down() -> None:
    modules = product_modules()
    found = {
        fault
        for importer, tree in modules.items()
        for imported in imports_of(importer, tree)
        if imported in modules and (fault := faults_of(importer, imported))
    }
    assert not found, "\n".join(sorted(found))


def test_an_import_that_points_up_would_be_noticed() -> None:
    assert faults_of("registry.release.labels", "registry.prompts.save")
    assert faults_of("registry.release.labels", "evaluation.offline.submit")
    assert faults_of("registry.runtime.core", "registry.prompts.save")
    assert faults_of("registry.domain.risk", "evaluation.domain.checks")
    assert faults_of("evaluation.domain.checks", "registry.domain.risk") is None
    assert faults_of("registry.web.home", "evaluation.offline.submit") is None


def test_domain_code_knows_no_framework() -> None:
    found = {
        f"{name} imports {imported}"
        for name, tree in product_modules().items()
        if ".domain" in name
        for imported in imports_of(name, tree)
        if imported.split(".")[0] in FRAMEWORKS
    }
    assert not found, "\n".join(sorted(found))


def test_clients_stand_alone() -> None:
    for path in python_files("promptcms/clients"):
        text = path.read_text()
        assert not re.search(r"^\s*(from|import) (promptcms|registry|evaluation)\b", text, re.M)
