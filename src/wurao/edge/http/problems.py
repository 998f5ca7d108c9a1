"""Errors as problem documents (RFC 9457) in the reader's language; a fault of ours says nothing of its inside."""

import logging
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from wurao.core.errors import Error, InputError, PolicyError, StoreError
from wurao.edge.http.language import language_of

MEDIA_TYPE: Final = "application/problem+json"
_LOG: Final = logging.getLogger(__name__)
_TITLES: Final[dict[int, tuple[str, str]]] = {
    400: ("请求无法读取", "The request can't be read"),
    401: ("请先登录或提供 API 密钥", "Log in or send an API key"),
    403: ("无权进行此操作", "This is not allowed"),
    404: ("没有找到", "There is no such thing"),
    405: ("不支持这种方法", "This method isn't supported"),
    409: ("与现状冲突", "This conflicts with the present state"),
    413: ("请求过大", "The request is too large"),
    422: ("内容有误", "The content is wrong"),
    429: ("操作太频繁，请稍后再试", "Too often, please try again later"),
    500: ("服务出错，已记录", "The service failed; it has been logged"),
    503: ("服务暂不可用", "The service isn't available right now"),
}


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An RFC 9457 problem document; ``errors`` name the fields that are wrong."""

    type: str
    title: str
    status: int
    detail: str = ""
    instance: str = ""
    errors: tuple[str, ...] = ()


def title_of(status: int, language: str) -> str:
    """Return what happened in one sentence of the reader's language."""
    zh, en = _TITLES.get(status, _TITLES[400 if status < 500 else 500])
    return zh if language == "zh" else en


def status_of(fault: Exception) -> int:
    """Return the HTTP status that an exception means."""
    match fault:
        case HTTPException():
            return 422 if isinstance(fault, ValidationException) else fault.status_code
        case InputError():
            return 422
        case PolicyError():
            return 403
        case StoreError():
            return 503
        case _:
            return 500


def problem_of(request: Request[Any, Any, Any], fault: Exception) -> Problem:
    """Return the problem document of an exception, and log a fault of ours."""
    status = status_of(fault)
    if status >= 500:
        _LOG.error("%s %s failed", request.method, request.url.path, exc_info=fault)
    return Problem(
        type=f"urn:wurao:problem:{fault.kind if isinstance(fault, Error) else status}",
        title=title_of(status, language_of(request)),
        status=status,
        detail=_detail(fault, status),
        instance=request.url.path,
        errors=_fields(fault),
    )


def answer(request: Request[Any, Any, Any], fault: Exception) -> Response[bytes]:
    """Return an exception as ``application/problem+json``."""
    problem = problem_of(request, fault)
    headers: Mapping[str, str] = dict(getattr(fault, "headers", None) or {})
    return Response(msgspec.json.encode(problem), status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)


HANDLERS: Final[ExceptionHandlersMap] = {Exception: answer}


def _detail(fault: Exception, status: int) -> str:
    if isinstance(fault, Error):
        return fault.diagnostics() if status < 500 else ""
    return str(fault.detail) if isinstance(fault, HTTPException) and status < 500 else ""


def _fields(fault: Exception) -> tuple[str, ...]:
    extra = getattr(fault, "extra", None)
    rows = extra if isinstance(extra, list) else []
    return tuple(f"{row.get('key', '')}: {row.get('message', '')}"[:300] for row in rows[:20] if isinstance(row, dict))
