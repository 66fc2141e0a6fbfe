"""What the template tells CloudFront."""

from infra import template

RESOURCES = template.application()["Resources"]


def policy(name):
    return RESOURCES[name]["Properties"]["CachePolicyConfig"]


def test_only_what_reads_no_credential_is_cached():
    config = RESOURCES["Distribution"]["Properties"]["DistributionConfig"]
    assert [one["PathPattern"] for one in config["CacheBehaviors"]] == ["/", "/api/summary", "/static/*"]
    for name in ("PublicPolicy", "StaticPolicy"):
        key = policy(name)["ParametersInCacheKeyAndForwardedToOrigin"]
        assert key["HeadersConfig"] == {"HeaderBehavior": "none"}
        assert key["CookiesConfig"] == {"CookieBehavior": "none"}
    assert policy("ApiPolicy")["DefaultTTL"] == 0


def test_what_is_cached_is_asked_for_with_what_the_viewer_accepts_and_nothing_more():
    """Without Accept a list that is larger than Lambda's limit would be a 413, and a credential would be in a cache."""
    asked = RESOURCES["PublicRequest"]["Properties"]["OriginRequestPolicyConfig"]
    assert asked["HeadersConfig"] == {"HeaderBehavior": "whitelist", "Headers": ["Accept"]}
    assert asked["CookiesConfig"] == {"CookieBehavior": "none"}
    assert asked["QueryStringsConfig"] == {"QueryStringBehavior": "none"}
    config = RESOURCES["Distribution"]["Properties"]["DistributionConfig"]
    assert all(one["OriginRequestPolicyId"] == {"Ref": "PublicRequest"} for one in config["CacheBehaviors"])


def test_no_method_is_refused_in_html():
    """CloudFront answers by itself what a behaviour does not allow."""
    config = RESOURCES["Distribution"]["Properties"]["DistributionConfig"]
    for behaviour in (config["DefaultCacheBehavior"], *config["CacheBehaviors"]):
        assert set(behaviour["AllowedMethods"]) == {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"}
        assert "CachedMethods" not in behaviour  # GET and HEAD are


def test_a_credential_reaches_the_api_and_is_part_of_what_an_answer_is_kept_by():
    key = policy("ApiPolicy")["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["HeadersConfig"]["Headers"] == ["Authorization", "CloudFront-Viewer-Country"]
    assert key["CookiesConfig"]["Cookies"] == ["nezha-dashboard"]


def test_the_function_is_the_file():
    code = RESOURCES["EdgeFunction"]["Properties"]["FunctionCode"]
    assert code == (template.FOLDER / "edge.js").read_text()


def test_the_origin_is_told_the_stacks_own_secret():
    (origin,) = RESOURCES["Distribution"]["Properties"]["DistributionConfig"]["Origins"]
    (header,) = origin["OriginCustomHeaders"]
    assert header == {"HeaderName": "x-nezha-edge", "HeaderValue": {"Ref": "EdgeSecret"}}


def test_the_edge_tells_browsers_to_keep_to_https():
    config = RESOURCES["Distribution"]["Properties"]["DistributionConfig"]
    for behaviour in (config["DefaultCacheBehavior"], *config["CacheBehaviors"]):
        assert behaviour["ResponseHeadersPolicyId"] == "67f7725c-6f97-4210-82d7-5512b31e9d03"  # SecurityHeadersPolicy
