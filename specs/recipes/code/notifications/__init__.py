# task comment-mail: file
