"""The ASGI application, for servers such as Uvicorn and Daphne."""

# task socket-login: begin
import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

# task echo: was
# import os
#
# from channels.routing import ProtocolTypeRouter, URLRouter
# from django.core.asgi import get_asgi_application
#
# task socket-login: stub
# import os
#
# from django.core.asgi import get_asgi_application
#
# task socket-login: end
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# task echo: begin
# This sets Django up. What is imported after it may use models.
django_application = get_asgi_application()

from chat.routing import websocket_urlpatterns  # noqa: E402

# task echo: stub
# application = get_asgi_application()
# task echo: end
# task socket-login: begin
application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": AllowedHostsOriginValidator(
            AuthMiddlewareStack(URLRouter(websocket_urlpatterns))
        ),
    }
)
# task echo: was
# application = ProtocolTypeRouter(
#     {
#         "http": django_application,
#         "websocket": URLRouter(websocket_urlpatterns),
#     }
# )
# task socket-login: end
