"""Statements kept and sent again: a part of the path that nobody changed is built without dbt.

dbt renders the same statements every night, since what changes from night to night stands in
session variables. So the first good build of a part is kept (`recorder`, `recording`) under a hash
of all that its statements are rendered from (`key`, `reach`), and later nights send it again
(`resend`) and tell what dbt would have told (`told`). Whatever goes otherwise than it was kept
hands the part to dbt from its first node (`runner`). All that is kept may be deleted.
"""
