# task image-upload: file
