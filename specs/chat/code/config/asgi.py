"""The ASGI application, for servers such as Uvicorn and Daphne."""

# task deployment: begin
import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import OriginValidator
from django.conf import settings
from django.core.asgi import get_asgi_application

# task socket-login: was
# import os
#
# from channels.auth import AuthMiddlewareStack
# from channels.routing import ProtocolTypeRouter, URLRouter
# from channels.security.websocket import AllowedHostsOriginValidator
# from django.core.asgi import get_asgi_application
#
# task echo: was
# import os
#
# from channels.routing import ProtocolTypeRouter, URLRouter
# from django.core.asgi import get_asgi_application
#
# task deployment: stub
# import os
#
# from django.core.asgi import get_asgi_application
#
# task deployment: end
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# task echo: begin
# This sets Django up. What is imported after it may use models.
django_application = get_asgi_application()

from chat.routing import websocket_urlpatterns  # noqa: E402

# task echo: stub
# application = get_asgi_application()
# task echo: end
# task deployment: begin
application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": OriginValidator(
            AuthMiddlewareStack(URLRouter(websocket_urlpatterns)),
            settings.SOCKET_ORIGINS,
        ),
    }
)
# task socket-login: was
# application = ProtocolTypeRouter(
#     {
#         "http": django_application,
#         "websocket": AllowedHostsOriginValidator(
#             AuthMiddlewareStack(URLRouter(websocket_urlpatterns))
#         ),
#     }
# )
# task echo: was
# application = ProtocolTypeRouter(
#     {
#         "http": django_application,
#         "websocket": URLRouter(websocket_urlpatterns),
#     }
# )
# task deployment: end
