"""What people may write into a form to make it more than a value: formulas, headers of mails."""

FORMULAS = (
    '=HYPERLINK("http://evil.example","x")',
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1",
    "+1+1",
    "-2+3",
    "-1;2",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\r\n=1+1",
    "\ttext",
    " =1+1",
    "\u00a0=1+1",
    "\u200b=1+1",
    "\x01=1+1",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(1)",
    '"=1+1"',
    "+491701234567;=1",
    "-12.50+1",
)
# Formulas for whose reader a semicolon or a line break ends the cell.
FORMULAS_INSIDE = ("Ada;=1+1", 'Ada;"=1+1"', "Ada\n=1+1", "Ada\t@SUM(1)", "Ada\r-2+3")
NO_FORMULAS = (
    "-12.50",
    "-12,50",
    "-1e+300",
    "+491701234567",
    "Müller-Lüdenscheidt",
    "ada@b.example",
    "'=1",
    "3 + 4",
    "1;2",
)

_HEADER = "Bcc: all@evil.example"
_ENCODED = (
    "=?utf-8?q?Eve=0ABcc:_all@evil.example?=",
    "=?utf-8?q?Eve=0D=0ABcc:_all@evil.example?=",
    "=?utf-8?q?Eve=0DBcc:_all@evil.example?=",
    "=?UTF-8?Q?Eve=0ABcc:_all@evil.example?=",
    "=?iso-8859-1?q?Eve=0ABcc:_all@evil.example?=",
    "=?us-ascii?q?Eve=0ABcc:_all@evil.example?=",
    "=?utf-8*en?q?Eve=0ABcc:_all@evil.example?=",
    "=?utf-8?b?RXZlCkJjYzogYWxsQGV2aWwuZXhhbXBsZQ==?=",
    "=?utf-8?B?RXZlDQpCY2M6IGFsbEBldmlsLmV4YW1wbGU=?=",
    "For =?utf-8?q?Eve=0ABcc:_all@evil.example?=",
    "=?utf-8?q?Eve=0ABcc:_all@evil.example?= for you",
    "=?utf-8?q?Eve=0ABc?= =?utf-8?q?c:_all@evil.example?=",
    "=?utf-8?q?Eve=0A=0Aanother_body?=",
    "=?utf-8?q?Eve=0AContent-Type:_text/html?=",
)
_BREAKS = ("\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x00")
HEADER_VALUES = (*_ENCODED, *(f"Eve{broken}{_HEADER}" for broken in _BREAKS))
# As each column of a mail would have it.
HEADERS = tuple(
    (column, form.format(value))
    for column, form in (
        ("subject", "{}"),
        ("email", "{}@b.example"),
        ("unsubscribe_url", "https://shop.example/{}"),
    )
    for value in HEADER_VALUES
)
