# task start-page: file
