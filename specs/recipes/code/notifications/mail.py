# task comment-mail: file
"""The mails of this site. Whoever wants one sent says so by name; no signal does.

All of them leave after the commit. A mail server that is away is written into the log,
and what was to be announced is stored all the same.
"""

# task unsubscribe: begin
import logging
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import Profile
from notifications import tokens
# task follow-cooks: was
# import logging
# from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused
#
# from django.conf import settings
# from django.contrib.auth import get_user_model
# from django.core.mail import EmailMultiAlternatives, get_connection
# from django.db import transaction
# from django.template.loader import render_to_string
# task comment-mail: was
# from django.conf import settings
# from django.core.mail import EmailMultiAlternatives
# from django.db import transaction
# from django.template.loader import render_to_string
# task unsubscribe: end

# task follow-cooks: begin
logger = logging.getLogger(__name__)

# What is wrong with one message, or with one address, and not with the server.
REFUSED = (SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused, ValueError)
MOST_LOST = 2  # connections in a row, after which the server counts as away
# task follow-cooks: end


def comment_posted(comment):
    """Tells the author of a recipe what somebody else has said about it."""
    author = comment.recipe.author
    if author == comment.author or not author.email or not author.is_active:
        return
    # task unsubscribe: begin
    if Profile.objects.filter(user=author, notify_comments=False).exists():
        return
    # task unsubscribe: end
    message = _message(
        author,
        "comment",
        f"A comment on {comment.recipe.title}",
        {"comment": comment, "link": _absolute(comment.recipe.get_absolute_url())},
    )
    transaction.on_commit(message.send, robust=True)


# task follow-cooks: begin
def recipe_published(recipe):
    """Tells each follower of a cook, in a message of their own."""
    followers = get_user_model().objects.filter(
        pk__in=recipe.author.followers.values("follower"), is_active=True
    )
    # task follow-cooks: end
    # task unsubscribe: begin
    followers = followers.exclude(profile__notify_recipes=False)
    # task unsubscribe: end
    # task follow-cooks: begin
    context = {"recipe": recipe, "link": _absolute(recipe.get_absolute_url())}
    subject = f"{recipe.author.display_name} has published {recipe.title}"
    messages = [
        _message(follower, "recipe", subject, context)
        for follower in followers.exclude(email="")
    ]
    if messages:
        # No `partial`: Django logs the name of what has failed, and a partial has none.
        transaction.on_commit(lambda: _send_each(messages), robust=True)


def _send_each(messages):
    """Sends all over one connection; what fails is counted, logged, and stops no other.

    `send_messages(messages)` would end at the first address that is refused.
    """
    connection = get_connection()
    sent, lost = 0, 0
    for message in messages:
        try:
            connection.open()
            connection.send_messages([message])
        except (OSError, ValueError) as error:  # every SMTPException is an OSError
            logger.warning("No mail to %s: %s", ", ".join(message.to), error)
            # Nobody knows in which state it is; the next message opens another.
            connection.close()
            lost = 0 if isinstance(error, REFUSED) else lost + 1
            if lost == MOST_LOST:
                break
        else:
            sent, lost = sent + 1, 0
    connection.close()
    if sent < len(messages):
        logger.error("%s of %s mails were sent.", sent, len(messages))


# task follow-cooks: end
# task unsubscribe: begin
KINDS = {"comment": "comments", "recipe": "recipes"}  # the template's, the token's


# task unsubscribe: end
def _message(user, template, subject, context):
    """A message with a text and an HTML part, to one person."""
    # task unsubscribe: begin
    token = tokens.make(user, KINDS[template])
    stop = _absolute(reverse("notifications:unsubscribe", kwargs={"token": token}))
    context = {**context, "stop": stop}
    # task unsubscribe: end
    message = EmailMultiAlternatives(
        _one_line(subject),
        render_to_string(f"notifications/mail/{template}.txt", context),
        to=[user.email],
        # task unsubscribe: begin
        headers={
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        # task unsubscribe: end
    )
    html = render_to_string(f"notifications/mail/{template}.html", context)
    message.attach_alternative(html, "text/html")
    return message


def _absolute(path):
    """A mail is read elsewhere; the host is ours, whatever a request called it."""
    return settings.SITE_URL + path


def _one_line(text):
    """A subject with a line break in it would go on as a header of its own."""
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(printable.split())
