# shared: config/wsgi.py
