"""The mails this cloud writes, in both languages: a subject and a body, with {names} that `write` fills in."""

from typing import NamedTuple

from stacklab.signup.languages import CHINESE, ENGLISH


class Letter(NamedTuple):
    subject: str
    body: str


_TEXTS: dict[str, dict[str, Letter]] = {
    "verify": {
        ENGLISH: Letter(
            "Confirm your address for {site}",
            "Hello,\n\nsomebody, we hope you, signed up at {site} with this address. Open this link within {hours} "
            "hours and choose a password; your account is ready then:\n\n  {link}\n\n"
            "If it was not you, do nothing: without the link there is no account.\n",
        ),
        CHINESE: Letter(
            "请确认您在 {site} 的邮箱地址",
            "您好：\n\n有人（希望是您本人）用此邮箱地址在 {site} 注册。请在 {hours} 小时内打开以下链接并设置密码，"
            "账号随即可用：\n\n  {link}\n\n如非本人操作，请忽略本邮件：不打开链接就不会有账号。\n",
        ),
    },
    "taken": {
        ENGLISH: Letter(
            "You have an account at {site} already",
            "Hello,\n\nsomebody, perhaps you, tried to sign up at {site} with this address, which has an account "
            "already. Nothing was changed.\n\nLog in: {base}/login\nForgot the password: {base}/reset\n",
        ),
        CHINESE: Letter(
            "您在 {site} 已有账号",
            "您好：\n\n有人（也许是您）用此邮箱地址在 {site} 注册，而该地址已有账号。一切保持不变。\n\n"
            "登录：{base}/login\n忘记密码：{base}/reset\n",
        ),
    },
    "reset": {
        ENGLISH: Letter(
            "Choose a new password for {site}",
            "Hello,\n\nsomebody, we hope you, asked for a new password at {site}. Open this link within {hours} hour "
            "and choose one:\n\n  {link}\n\nIf it was not you, do nothing: your password stays as it is.\n",
        ),
        CHINESE: Letter(
            "请为 {site} 设置新密码",
            "您好：\n\n有人（希望是您本人）在 {site} 请求重设密码。请在 {hours} 小时内打开以下链接并设置新密码：\n\n"
            "  {link}\n\n如非本人操作，请忽略本邮件：您的密码保持不变。\n",
        ),
    },
    "changed": {
        ENGLISH: Letter(
            "Your password for {site} was changed",
            "Hello,\n\nthe password of your account at {site} was changed by a mailed link, and everybody who was "
            "logged in was logged out.\n\nIf it was not you, choose another one at once: {base}/reset\n",
        ),
        CHINESE: Letter(
            "您在 {site} 的密码已更改",
            "您好：\n\n您在 {site} 的账号密码已通过邮件链接更改，所有已登录的会话均已退出。\n\n"
            "如非本人操作，请立即重设密码：{base}/reset\n",
        ),
    },
    "lease.announced": {
        ENGLISH: Letter(
            "Your server {server} will be stopped on {date}",
            "Hello,\n\nyour server {server} ({id}) at {site} {why}. It will be stopped on {date} (UTC) and deleted on "
            "{gone}, unless you extend its lease, which is one click: {base}/servers/{id}\n",
        ),
        CHINESE: Letter(
            "您的云主机 {server} 将于 {date} 关机",
            "您好：\n\n您在 {site} 的云主机 {server}（{id}）{why}。它将于 {date}（UTC）关机，并于 {gone} 删除。"
            "如需保留，请点击续期：{base}/servers/{id}\n",
        ),
    },
    "lease.stopped": {
        ENGLISH: Letter(
            "Your server {server} was stopped and will be deleted on {gone}",
            "Hello,\n\nyour server {server} ({id}) at {site} was stopped because it {why}. It will be deleted on "
            "{gone} (UTC), unless you extend its lease, which is one click: {base}/servers/{id}\n",
        ),
        CHINESE: Letter(
            "您的云主机 {server} 已关机，将于 {gone} 删除",
            "您好：\n\n您在 {site} 的云主机 {server}（{id}）因{why}已关机，并将于 {gone}（UTC）删除。"
            "如需保留，请点击续期：{base}/servers/{id}\n",
        ),
    },
    "lease.deleted": {
        ENGLISH: Letter(
            "Your server {server} was deleted",
            "Hello,\n\nyour server {server} ({id}) at {site} was deleted: it {why} and nobody extended its lease.\n",
        ),
        CHINESE: Letter(
            "您的云主机 {server} 已删除",
            "您好：\n\n您在 {site} 的云主机 {server}（{id}）因{why}且无人续期，已被删除。\n",
        ),
    },
}

_WHY = {
    "idle": {ENGLISH: "has been idle", CHINESE: "长期闲置"},
    "age": {ENGLISH: "has reached the age limit", CHINESE: "已达到使用期限"},
}


def write(name: str, language: str, **filling: str) -> Letter:
    """A letter with its {names} filled in; `why` is a lease's reason, "idle" or "age"."""
    letter = _TEXTS[name][language]
    if "why" in filling:
        filling["why"] = _WHY[filling["why"]][language]
    return Letter(letter.subject.format(**filling), letter.body.format(**filling))
