# task first-app: file
