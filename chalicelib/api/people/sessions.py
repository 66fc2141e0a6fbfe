"""Signing in and out, and changing the password."""

import time
from collections.abc import Callable
from functools import partial

from chalicelib.api import cookies
from chalicelib.api.body import fields_of, json_in, text_in
from chalicelib.api.service import Answer, Call, Service, require_no_other_site, success
from chalicelib.fleet import sign_in


def add_routes(service: Service, pause: Callable[[float], None] = time.sleep) -> None:
    service.open("POST", "/api/login", partial(login, pause=pause))
    service.open("POST", "/api/logout", logout)
    service.signed_in("POST", "/api/password", partial(change_password, pause=pause))


def login(call: Call, *, pause: Callable[[float], None]) -> Answer:
    require_no_other_site(call.request)
    password = text_in(fields_of(json_in(call.body), "The body", ("password",)), "password")
    credential = sign_in.sign_in(call.store, password, call.client_ip, call.now, pause)
    return _with_cookie(cookies.session_cookie(credential, call.host))


def logout(call: Call) -> Answer:
    """Also where there is no session: who signs out wants to be signed out."""
    require_no_other_site(call.request)
    credential = cookies.session_in(call.request.headers.get("cookie"))
    if credential:
        sign_in.sign_out(call.store, credential)
    return _with_cookie(cookies.ended_cookie(call.host))


def change_password(call: Call, *, pause: Callable[[float], None]) -> Answer:
    """Ends every session; the one that asked goes on with the cookie of this answer."""
    fields = fields_of(json_in(call.body), "The body", ("current", "new"))
    current, new = text_in(fields, "current"), text_in(fields, "new")
    credential = sign_in.change_password(call.store, current, new, call.client_ip, call.now, pause)
    return _with_cookie(cookies.session_cookie(credential, call.host))


def _with_cookie(cookie: str) -> Answer:
    answer = success("null")
    return Answer(answer.body, headers={"Set-Cookie": cookie})
