# task place-model: file
