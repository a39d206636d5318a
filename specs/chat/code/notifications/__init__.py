# task notifications: file
