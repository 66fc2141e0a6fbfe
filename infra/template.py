"""Reads the stacks' templates. The application's is in infra/application, one file for each concern; Chalice merges
it.
"""

import copy
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

# Chalice's own reader and merger, so that files are merged here as Chalice merges the result.
from chalice.package import TemplateDeepMerger, YAMLTemplateSerializer

from chalicelib.api.pages import CONTENT_POLICY
from chalicelib.api.route import Route
from chalicelib.api.routes import ROUTES
from chalicelib.scheduled import JOBS, ROLLUP, Job
from infra.from_jobs import job_resources, logical_id
from infra.from_routes import cache_behaviors, method_settings
from infra.metered import metered

FOLDER = Path(__file__).resolve().parent / "application"
DATA = FOLDER.parent / "data.yaml"
BUDGET = FOLDER.parent / "budget.yaml"
EDGE_POLICIES = FOLDER.parent / "edge-policies.yaml"
ACCOUNT = FOLDER.parent / "account.yaml"

Template = dict[str, Any]


def application(routes: Iterable[Route] = ROUTES, jobs: Iterable[Job] = JOBS) -> Template:
    """Returns all files as one template, including the parts for routes and jobs, but without what Chalice adds."""
    routes, jobs = tuple(routes), tuple(jobs)
    merged: Template = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        merged = TemplateDeepMerger().merge(read(path), merged)
    function = merged["Resources"]["EdgeFunction"]["Properties"]
    function["FunctionCode"] = (FOLDER / function["FunctionCode"]).read_text()
    merged["Resources"]["Reports"]["Properties"]["Runtime"] = f"python{sys.version_info.major}.{sys.version_info.minor}"
    merged["Resources"]["RestAPI"]["Properties"]["MethodSettings"] = method_settings(routes)
    distribution = merged["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    distribution["CacheBehaviors"] = cache_behaviors(routes, distribution["CacheBehaviors"])
    usual_alarm = merged["Resources"].pop("JobErrors")["Properties"]
    merged = TemplateDeepMerger().merge({"Resources": job_resources(jobs, usual_alarm)}, merged)
    counting = merged["Resources"][logical_id(ROLLUP)]["Properties"]["Environment"]["Variables"]
    counting["NEZHA_METERED"] = metered(merged, jobs)
    return merged


def edge_policies() -> Template:
    """Returns the template of the policies, with the pages' Content-Security-Policy."""
    policies = read(EDGE_POLICIES)
    headers = policies["Resources"]["StaticHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    headers["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"] = CONTENT_POLICY
    return policies


def read(path: Path) -> Template:
    return copy.deepcopy(_parsed(path.read_text(), str(path)))


@cache
def _parsed(text: str, name: str) -> Template:
    template: Template = YAMLTemplateSerializer().load_template(text, name)
    return template
