"""CloudFront's settings in the template."""

from typing import Any

from chalicelib.api.cookies import NAME, SECURE_NAME
from chalicelib.api.pages import static_files
from chalicelib.api.route import FOREVER
from chalicelib.api.security_headers import SECURITY_HEADERS
from infra import template
from infra.static_files import FOLDER

RESOURCES = template.application()["Resources"]
POLICIES = template.edge_policies()["Resources"]
CONFIG = RESOURCES["Distribution"]["Properties"]["DistributionConfig"]
BEHAVIORS = {one["PathPattern"]: one for one in CONFIG["CacheBehaviors"]}


def policy(name: str) -> Any:
    return POLICIES[name]["Properties"]["CachePolicyConfig"]


OWN = {"/api/availability", "/api/history/*", "/api/monitor/status", "/api/ping/*", "/api/spark"}


def test_only_what_reads_no_credential_is_cached_for_everybody() -> None:
    others = [
        "/",
        "/api/summary",
        "/events",
        "/incidents.atom",
        "/monitors",
        "/badge/*",
        "/custom/*",
        "/server/*",
        "/static/*",
    ]
    assert [path for path in BEHAVIORS if path not in OWN] == others
    key = policy("PublicPolicy")["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["HeadersConfig"] == {"HeaderBehavior": "none"}
    assert key["CookiesConfig"] == {"CookieBehavior": "none"}
    assert policy("ApiPolicy")["DefaultTTL"] == 0


def test_what_reads_a_credential_is_cached_by_it_and_only_as_long_as_the_answer_says() -> None:
    assert {path for path, one in BEHAVIORS.items() if one["CachePolicyId"] == {"Ref": "OwnPolicy"}} == OWN
    own = policy("OwnPolicy")
    assert (own["MinTTL"], own["DefaultTTL"]) == (0, 0)
    key = own["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["HeadersConfig"]["Headers"] == ["Authorization"]
    assert key["CookiesConfig"] == {"CookieBehavior": "none"}
    function = CONFIG["DefaultCacheBehavior"]["FunctionAssociations"]  # makes the header of the session cookie
    assert all(BEHAVIORS[path]["FunctionAssociations"] == function for path in OWN)


def test_what_is_cached_is_asked_for_with_what_the_viewer_accepts_and_nothing_more() -> None:
    """Without Accept a list that is larger than Lambda's limit would be a 413, and a credential would be in a cache."""
    asked = POLICIES["PublicRequest"]["Properties"]["OriginRequestPolicyConfig"]
    assert asked["HeadersConfig"] == {"HeaderBehavior": "whitelist", "Headers": ["Accept"]}
    assert asked["CookiesConfig"] == {"CookieBehavior": "none"}
    assert asked["QueryStringsConfig"] == {"QueryStringBehavior": "none"}
    from_api = [one for one in CONFIG["CacheBehaviors"] if one["TargetOriginId"] == "api"]
    assert all(one["OriginRequestPolicyId"] == {"Ref": "PublicRequest"} for one in from_api)


def test_no_method_of_the_api_is_refused_in_html() -> None:
    """CloudFront answers by itself what a behavior does not allow."""
    for behavior in (CONFIG["DefaultCacheBehavior"], *CONFIG["CacheBehaviors"]):
        if behavior["TargetOriginId"] == "api":
            assert set(behavior["AllowedMethods"]) == {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"}
            assert "CachedMethods" not in behavior  # GET and HEAD are


def test_files_come_from_s3_so_that_a_cold_visit_runs_few_functions() -> None:
    """For the document and for data: everything else that a page asks for is a file."""
    assert BEHAVIORS["/static/*"]["TargetOriginId"] == "files"
    documents = {"/", "/events", "/monitors", "/server/*"}
    from_api = {path for path, one in BEHAVIORS.items() if one["TargetOriginId"] == "api"}
    assert from_api == {*documents, "/api/summary", "/incidents.atom", "/badge/*", "/custom/*", *OWN}
    assert f"/{FOLDER}*" == "/static/*"


def test_files_have_the_headers_that_the_function_gives_them() -> None:
    headers = POLICIES["StaticHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    security = headers["SecurityHeadersConfig"]
    from_s3 = {
        "Content-Security-Policy": security["ContentSecurityPolicy"]["ContentSecurityPolicy"],
        "X-Content-Type-Options": "nosniff" if "ContentTypeOptions" in security else None,
        "Referrer-Policy": security["ReferrerPolicy"]["ReferrerPolicy"],
        **{one["Header"]: one["Value"] for one in headers["CustomHeadersConfig"]["Items"]},
        "Access-Control-Allow-Origin": headers["CorsConfig"]["AccessControlAllowOrigins"]["Items"][0],
    }
    for file in static_files().values():
        assert {**SECURITY_HEADERS, **file.headers} == from_s3
    assert "immutable" in FOREVER.control


def test_only_the_stages_own_edge_reads_its_files() -> None:
    _, granted = RESOURCES["FilesPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    condition, edge, otherwise = granted["Fn::If"]
    assert (condition, otherwise) == ("HasEdge", {"Ref": "AWS::NoValue"})
    assert (edge["Effect"], edge["Action"]) == ("Allow", "s3:GetObject")
    (own,) = edge["Condition"]["StringEquals"].values()
    assert own["Fn::Sub"].endswith(":distribution/${Distribution}")


def test_a_credential_reaches_the_api_and_is_part_of_what_an_answer_is_kept_by() -> None:
    key = policy("ApiPolicy")["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["HeadersConfig"]["Headers"] == ["Authorization", "CloudFront-Viewer-Country"]
    assert key["CookiesConfig"]["Cookies"] == [SECURE_NAME, NAME]


def test_the_function_is_the_file() -> None:
    code = RESOURCES["EdgeFunction"]["Properties"]["FunctionCode"]
    assert code == (template.FOLDER / "edge.js").read_text()


def test_the_origin_is_told_the_stacks_own_secret() -> None:
    api, files = CONFIG["Origins"]
    (header,) = api["OriginCustomHeaders"]
    assert "OriginCustomHeaders" not in files
    assert header == {"HeaderName": "x-nezha-edge", "HeaderValue": {"Ref": "EdgeSecret"}}


def test_the_edge_tells_browsers_to_keep_to_https() -> None:
    for behavior in (CONFIG["DefaultCacheBehavior"], *CONFIG["CacheBehaviors"]):
        if behavior["TargetOriginId"] == "api":
            assert (
                behavior["ResponseHeadersPolicyId"] == "67f7725c-6f97-4210-82d7-5512b31e9d03"
            )  # SecurityHeadersPolicy
        else:
            assert behavior["ResponseHeadersPolicyId"] == {"Ref": "StaticHeaders"}
    headers = POLICIES["StaticHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    assert headers["SecurityHeadersConfig"]["StrictTransportSecurity"]["AccessControlMaxAgeSec"] == 31536000
