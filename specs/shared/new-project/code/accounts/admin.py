# shared: accounts/admin.py
