"""What WeCom's error codes mean, as data.

One line a code: code, classes (the first decides), meaning, what the administrator does; an
empty last column means that no setting helps. Sources: WeCom's 全局错误码 (document 90313) and
访问频率限制 (90312). `{ip}`, `{setting}` and `{console}` in an advice are filled in by `errors`:
the address WeCom saw, the setting that holds the secret, and where its page is in the console.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class ErrorClass(StrEnum):
    """What follows from a code."""

    RETRY = "retry"  #: system failure: the same call may work a little later
    TOKEN = "token"  # noqa: S105 - a class of codes, no secret
    RATE = "rate"  #: too many calls: wait until the window is over
    CONFIG = "config"  #: fatal until an administrator changes something
    PERM = "perm"  #: permission or visible range
    BAD = "bad"  #: the request is wrong, a repeat is useless
    PARTIAL = "partial"  #: a part of the target is affected
    UNREACH = "unreach"  #: the person cannot be reached or found


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One code of WeCom's table."""

    code: int
    meaning: str
    classes: tuple[ErrorClass, ...]
    advice: str = ""  #: what the administrator does; empty where no setting helps

    @property
    def retried(self) -> bool:
        """Whether the same call may succeed after a short wait."""
        return ErrorClass.RETRY in self.classes


_TABLE = """
-1 | retry | 系统繁忙: WeCom is busy | Nothing to set; the next run tries again.
6000 | retry | 数据版本冲突: another program changed the data at the same time | Find the other programs that write contacts.
40001 | config token | 不合法的secret: the secret is wrong, not of this corp id, or the app is disabled | Copy the Secret anew from {console} into {setting}, check corp_id, and see that the app is enabled.
40003 | bad unreach | 无效的UserID: the userid is malformed or not in the contacts | Check the userid; the person may have left.
40004 | bad | the type of the media file is not allowed |
40005 | bad | the type parameter is wrong |
40006 | bad | the size of the media file is not allowed |
40007 | bad | the media_id is invalid, expired, or of another kind |
40008 | bad | the msgtype is wrong |
40009 | bad | the size of the picture is wrong |
40011 | bad | the size of the video is wrong |
40013 | config | 不合法的CorpID: the corp id is wrong | Copy 企业ID from 我的企业 → 企业信息 into corp_id; it is not the AgentId.
40014 | token | 不合法的access_token: the access token is not valid, often because it has expired |
40029 | bad | the OAuth code is wrong, used, expired, or of another app | The person signs in again.
40031 | bad perm | the list holds invalid userids | See that the people exist and are inside the app's 可见范围.
40032 | bad | the list of userids is too long |
40033 | bad | characters that are not allowed (\\uxxxx) |
40035 | bad | a parameter is wrong |
40039 | bad | the URL is too long |
40054,40055 | bad | the URL of a menu is wrong |
40056 | config | 不合法的agentid: no such app | Copy the AgentId from 应用管理 → the app into agent_id.
40057 | config | the callback URL is wrong, or its verification failed | Check URL, Token, EncodingAESKey, and that WeCom can reach the URL.
40058 | bad | a parameter is wrong: bad JSON, a value too long, a required value empty |
40063 | bad | a required parameter is empty |
40066 | bad | the list of departments is empty or holds an unknown id | See whether the department was deleted.
40068 | bad | the tag id is missing or unknown | See whether the tag was deleted.
40070 | bad | all nodes given for the tag are invalid |
40071 | bad | the name of the tag is taken |
40072 | bad | the name of the tag is too long |
40073 | bad | the openid is unknown |
40074 | bad | a news message cannot be confidential |
40082 | token | the suite_access_token is wrong | Concerns third-party apps only.
40088 | bad | the jobid is unknown |
40089 | bad | the result of the job was purged |
40091 | config | the secret is not valid, perhaps of another corporation | Copy the Secret anew from {console} into {setting}.
40093 | bad | the JS-SDK signature is wrong |
40094 | bad | the URL is missing or lacks http(s):// |
40123 | bad | the uploaded picture is broken |
40125 | bad | the open_userid is wrong |
40145 | bad | the media_id has expired |
40146 | bad | the Range header is not allowed |
40201,40204 | bad unreach | 反垃圾: blocked by WeCom's protection against spam | Change the text.
40203 | bad | a deprecated parameter was used |
40206 | bad | the body is too large |
40207 | config | 二次验证: the tfa_code is wrong | Check 二次验证 in the console.
40208 | config | 二次验证: the person is not covered | Check 二次验证 in the console.
40209 | config | 二次验证: the domain does not match | Check 二次验证 in the console.
40210 | config | 二次验证: the URL is missing | Check 二次验证 in the console.
41001 | token bad | 缺少access_token: the access token is missing |
41002 | config | the corp id is missing | Fill in corp_id.
41004 | config | the secret is missing | Fill in {setting}.
41006 | bad | the media_id is missing |
41008 | bad | the code is missing |
41009 | bad | the userid is missing |
41010 | bad | the url is missing |
41011 | config bad | the agentid is missing | Fill in agent_id.
41016 | bad | the title of the article is missing |
41017 | bad | the tag id is missing |
41018 | bad | the name of the tag is missing |
41019 | bad | the department is missing or no list of integers |
41024 | config | the secret is missing | Fill in {setting}.
41033 | bad | the description of the textcard is missing |
42001 | token | access_token已过期: the access token has expired |
42003 | bad | the code has expired | The person signs in again.
42009 | token | the suite_access_token has expired | Concerns third-party apps only.
42012 | token | the jsapi_ticket is not usable, or of another app |
42014 | bad | the task_id of the card is wrong or repeated |
42015 | bad | a card can only be updated by the app that sent it |
42016 | bad | the task_id to update is unknown |
42017 | bad | the key of a button is missing |
42018 | bad | the key of a button is unknown |
42019 | bad | the key of a button is wrong |
42020 | bad | the name of a button is missing |
42022 | bad | the code was used before | The person signs in again; see whether two servers take in one code.
42027-42031,42033,42035-42047,42049-42051 | bad | a field of the template card is missing or wrong |
42052 | bad | the message is older than 24 hours and cannot be recalled |
43004 | unreach | the member has not bound WeChat | The member binds WeChat.
43009 | config | the corporation is not verified | Verify the corporation in the console.
43012 | config | the app needs a callback URL | Set 接收消息 of the app.
44001 | bad | the media file is empty |
44004 | bad | the text is empty |
45001 | bad | the media file is too large |
45002 | bad | the message is too large |
45007 | bad | the voice message is longer than 60 seconds |
45008 | bad | more than 8 articles |
45009 | rate | 接口调用超过限制: too many calls, or too many calls with a wrong secret | Look for wrong secrets and for other programs behind the same address; the block ends by itself after a minute, an hour, or at midnight.
45022 | bad | the name of the app is too long |
45024 | config | the limit of accounts is reached | Verify or enlarge the corporation.
45026 | config | WeCom's protection against mass deletion was triggered | Confirm the deletion in the console.
45029 | bad | 回包大小超过上限: the answer would be too large |
45031 | config | the secret is not secure enough and must be reset | Reset the Secret at {console} and put the new one into {setting}.
45032 | bad | the author is longer than 64 bytes |
45033 | rate retry | 接口并发调用超过限制: too many calls at the same time | Lower concurrency of the source.
45034 | bad | the URL lacks its scheme |
45035 | retry | concurrent writes conflict | Find the other programs that write contacts.
45036 | rate retry | 数据访问受限: access is limited after abnormal traffic | Lower rate of the source, and look for unofficial clients.
46004 | unreach perm | 用户不存在: the person does not exist or is not visible |
48001 | perm | the function of the API is not granted | Grant the right in the console.
48002 | perm | api forbidden: this secret may not call this endpoint | Contacts reading by id needs contacts_secret, details and messages need app_secret; see that both are set and each is in its place.
48003 | config | the suite_id is wrong | Concerns third-party apps only.
48004 | config | the authorisation is no longer valid | Authorise the app again.
48005 | bad | the API is retired | Update syncd.
48006 | config | the permission was withdrawn because the app was unused for long | Enable the app again in 应用管理.
48008 | perm | the authorisation to edit contacts covers only some endpoints | Concerns third-party apps only.
48009 | perm | the contacts secret may not read details from this address (WeCom's change of 2022-08-15) | Create an app with 可见范围 on the whole company and set agent_id and app_secret; it reads the details.
48010 | config | this version of TLS is not supported | Update OpenSSL, or the proxy in between.
48011 | perm | the members are not active enough for customer data |
50001 | config | the redirect_uri is not in 可信域名 | Add the exact domain (and port) to 可信域名.
50002 | perm | the member is outside the range of the permission | Widen 可见范围 of the app.
50003 | config | the app is disabled | Enable the app in 应用管理.
50006 | config | the system app is disabled | Enable it in the console.
50100 | bad | the cursor of the page is not valid |
60001 | bad | the name of the department is empty or too long |
60003 | bad perm | 部门ID不存在: the department does not exist | See whether the department was deleted or has left 可见范围.
60004 | bad | the parent department does not exist |
60005 | bad | the department still has members |
60006 | bad | the department still has sub-departments |
60007 | bad | the root department cannot be deleted |
60008 | bad | the id or the name of the department exists |
60009 | bad | the name of the department has forbidden characters |
60010 | bad | the departments would form a circle |
60011 | perm | no permission for this member, department, or tag | Widen 可见范围 of the app: 应用管理 → the app → 可见范围.
60020 | config | 不安全的访问IP: WeCom does not trust this server's address | Add {ip} to 企业可信IP at {console}; it takes about a minute to have effect.
60021 | perm | the member is outside the visible range | Widen 可见范围 of the app: 应用管理 → the app → 可见范围.
60030 | perm | beyond the visible range | Widen 可见范围 of the app: 应用管理 → the app → 可见范围.
60031 | config | the app may not call the API at present | Check the state of the app in 应用管理.
60102 | bad | the userid exists |
60103 | bad | the mobile number is malformed |
60104 | bad | the mobile number is taken |
60105 | bad | the e-mail address is malformed |
60106 | bad | the e-mail address is taken |
60110 | bad | too many departments for one member |
60111 | unreach perm | 用户不存在通讯录中: the userid is unknown: left, deleted, or not visible | Check the person and 可见范围 of the app.
60112 | bad | the name is empty or longer than 64 characters |
60123 | bad | the department does not exist |
60124 | bad | the parent department does not exist |
60125 | bad | the name of the department is empty, too long, or has forbidden characters |
60127 | bad | the parameter department is missing |
60129 | bad | neither mobile number nor e-mail address |
60132 | bad | is_leader_in_dept and department differ in length |
60136 | bad | the record is unknown |
60140 | bad | the response_code is wrong, used, or expired |
60146 | unreach | no one has this mobile number |
60147 | unreach | no one has this e-mail address |
60148 | unreach | no one has this corporate e-mail address |
60150 | bad | the type of the extended attribute is wrong |
60257 | bad | more than 5 direct leaders |
60268 | bad | the cursor is wrong, or filters changed between pages |
80001 | config | 可信域名 is wrong, not owned, or lacks its ICP record | Correct 可信域名 of the app.
81001 | bad | more than 30 000 nodes in a department | Split the department.
81002 | bad | more than 15 levels of departments |
81003 | bad | more than 30 000 nodes in a tag |
81011 | perm | no right to change this tag |
81012 | bad | the visible range is missing |
81013 | unreach perm | all recipients are invalid or not visible | See that the people exist and are inside 可见范围 of the app.
81014 | bad | too many users or departments for a tag at once |
81017 | bad | too many items requested |
81026 | retry | the function is under maintenance | Wait for the end of WeCom's maintenance.
82001 | bad | touser, toparty and totag are all empty |
82002 | bad | more than 100 departments |
82003 | bad | more than 100 tags |
82004 | bad | the content may crash clients | Change the text.
84014 | bad | the user_ticket has expired | The person signs in again.
84015 | bad | the user_ticket is wrong | The person signs in again.
84025 | bad | the state is not made of at most 128 letters and digits |
84061 | unreach | there is no relation with this external contact |
84090 | bad | the user_ticket is missing | The person signs in again.
85004 | rate | 可信域名 was changed more than 20 times this month | Wait for the next month.
85005 | config | 可信域名 is not verified | Put the WW_verify file in its place.
85006 | config | the list of addresses is too long | Shorten 企业可信IP.
85007 | config | an address in the list is malformed | Correct 企业可信IP.
85008 | config | the check of the domain's ICP record failed | Check the ICP record of the domain.
85111 | config | 可信域名 belongs to a provider | Use a domain of the company.
90200-90208 | bad config | the mini-program notice is wrong, or the mini program is not bound | Bind the mini program to the app.
91040 | bad | the type of the ticket is wrong |
92000 | perm | the member is outside the visible range | Widen 可见范围 of the app: 应用管理 → the app → 可见范围.
92001 | perm | the app lacks the right to sensitive data | Tick the fields on the page of the app.
92002 | config | a call across corporations | Check corp_id and {setting}.
92003 | config | a call across apps | Check agent_id and {setting}.
301002 | config | the secret belongs to another app than agent_id | Take agent_id and app_secret from the page of one and the same app.
301005 | bad | the creator of the corporation cannot be deleted |
301007 | config | the corporation is disbanded or banned | Ask WeCom's support.
301012 | bad | the position is longer than 128 characters |
301013 | bad | the telephone number is malformed |
301014 | bad | the english_name is malformed |
301015 | bad | the mediaid is wrong |
301017 | bad | voice must be AMR |
301021 | bad | a userid in the list is unknown |
301022 | retry | system failure |
301036 | bad | this userid may not be changed |
301042 | config | the address is not on a white list | Add {ip} to 企业可信IP at {console}.
302003 | bad | the import file repeats a userid |
302004 | bad | the tree of the import file is wrong |
302005 | retry | system failure of the import |
302006 | bad | the import file repeats a department id |
302007 | bad | the import file has siblings of one name |
302008 | retry | another import is running | Wait until the other import has ended.
670001 | perm | the upstream app is not shared |
701008,701099 | config | no interoperation or no API licence for this user | Buy or assign a licence.
701134 | rate | too frequent |
830001 | bad | upload by URL: the URL is wrong |
830002 | bad | upload by URL: the file or the range is larger than 20 MB |
830003 | bad | upload by URL: the download failed |
840002 | config | the address of the caller is not valid | Add {ip} to 企业可信IP at {console}.
2000002 | config | the corp id is wrong | Copy 企业ID from 我的企业 → 企业信息 into corp_id.
2000111,2000141 | retry | system failure |
"""


def _expand(cell: str) -> Iterator[int]:
    """Yield the codes of `42027-42031,42033`; `-1` is itself."""
    for part in cell.split(","):
        first, dash, last = part.partition("-")
        if first and dash:
            yield from range(int(first), int(last) + 1)
        else:
            yield int(part)


def _read(table: str) -> Mapping[int, ErrorCode]:
    codes: dict[int, ErrorCode] = {}
    for line in table.strip().splitlines():
        cell, classes, meaning, advice = (part.strip() for part in line.split("|"))
        for code in _expand(cell):
            known = tuple(ErrorClass(name) for name in classes.split())
            codes[code] = ErrorCode(code, meaning, known, advice)
    return MappingProxyType(codes)


#: Every code of the table, by number. 0 is success and not in it.
CODES = _read(_TABLE)


def describe(code: int) -> ErrorCode:
    """Return what a code means; an unknown one is `bad`: shown, and not retried."""
    return CODES.get(code) or ErrorCode(
        code, "a code that syncd does not know", (ErrorClass.BAD,), ""
    )
