"""Which kinds of parts are put together: those of a run, or of a preview or a sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_groove.engine_making import make_engine
from target_groove.outputs.rejections import Rejections
from target_groove.outputs.watching import watch
from target_groove.preparing import Preparing
from target_groove.profile_delivery import ProfileDelivery
from target_groove.responses.making import make_forwarding
from target_groove.sending import Sending
from target_groove.settling import Settling
from target_groove.standard_output import StandardOutput
from target_groove.subjects.account import Account

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_groove.delivery.engine import Engine
    from target_groove.outputs.watching import Watch
    from target_groove.responses.forwarding import Forwarding


@dataclass(frozen=True, slots=True, kw_only=True)
class Makers:
    """Makes those parts of which there is more than one kind; by default those of a run.

    Attributes:
        account: Knows schema and custom fields.
        engine: Sends requests.
        rejections: Takes rejected records.
        sending: Has requests under way.
        settling: Settles records.
        preparing: Makes payloads.
        profiles: Delivers records to the profile store.
        output: Takes what is printed, STATEs among it.
        forwarding: Tells Groove's answers elsewhere.
        watch: Makes what counts, and tells people.
    """

    account: Callable[[], Account] = Account
    engine: Callable[..., Engine] = make_engine
    rejections: Callable[..., Rejections] = Rejections
    sending: Callable[..., Sending] = Sending
    settling: Callable[..., Settling] = Settling
    preparing: Callable[..., Preparing] = Preparing
    profiles: Callable[..., ProfileDelivery] = ProfileDelivery
    output: Callable[[], StandardOutput] = StandardOutput
    forwarding: Callable[..., Forwarding] = make_forwarding
    watch: Callable[..., Watch] = watch
