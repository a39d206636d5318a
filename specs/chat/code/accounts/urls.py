# shared: accounts/urls.py
