# task sign-up-login: file
# shared: accounts/urls.py
