# shared: config/asgi.py
