"""Device codes: handed out here, approved in a browser, or by themselves after a moment."""

from __future__ import annotations

from html import escape

from aciwizard.sandbox.entra_errors import HOST, no_tenant
from aciwizard.sandbox.http import Answer, Call, Routes
from aciwizard.sandbox.model import DeviceCode
from aciwizard.sandbox.world import World

routes = Routes()
CODE_LIFETIME = 900  # seconds a device code lives


@routes("POST", "/{tenant}/oauth2/v2.0/devicecode")
async def device_code(world: World, call: Call) -> Answer:
    tenant = world.tenant(call.values["tenant"])
    if tenant is None:
        return no_tenant(world, call)
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    user_code = "".join(world.random.choice(letters) for _ in range(9))
    code = world.device_code()
    approved = None if world.manual else world.after(world.pace.durations.device_code_approval)
    people = [user for user in world.users if user.tenant == tenant.id] or world.users
    user = people[0].id if people else ""
    world.device_codes[code] = DeviceCode(
        user_code,
        tenant.id,
        world.after(CODE_LIFETIME * world.pace.speed),
        approved,
        user,
        call.form().get("scope", ""),
    )
    page = f"https://{HOST}/common/oauth2/deviceauth"
    message = f"To sign in, use a web browser to open the page {page} and enter the code {user_code} to authenticate."
    return Answer(
        body={
            "user_code": user_code,
            "device_code": code,
            "verification_uri": page,
            "expires_in": CODE_LIFETIME,
            "interval": max(1, round(5 / world.pace.speed)),
            "message": message,
        }
    )


@routes("GET", "/common/oauth2/deviceauth")
async def device_page(world: World, call: Call) -> Answer:
    people = "".join(f"<option>{escape(user.principal_name)}</option>" for user in world.users)
    page = (
        "<!doctype html><title>Simulated Azure: sign in</title><form method=post>"
        f"<p>Code <input name=otc autofocus> as <select name=user>{people}</select> <button>Approve</button></form>"
    )
    return Answer(200, page, content_type="text/html; charset=utf-8")


@routes("POST", "/common/oauth2/deviceauth")
async def approve(world: World, call: Call) -> Answer:
    form = call.form()
    user = next((u for u in world.users if u.principal_name == form.get("user")), None)
    for code in world.device_codes.values():
        if code.user_code == form.get("otc", "").strip().upper():
            code.approved_at = world.pace.now()
            code.user = user.id if user else code.user
            return Answer(
                200,
                "You have signed in. You may now close this window.\n",
                content_type="text/plain",
            )
    return Answer(
        400, "That code did not work. Check the code and try again.\n", content_type="text/plain"
    )
