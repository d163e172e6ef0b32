from _kit import BATCH, CLASS_WEIGHT, EPOCHS, HELD_OUT, TRAIN, picture_model, pictures, tf

flip = tf.keras.layers.RandomFlip("vertical", seed=3)
train = tf.data.Dataset.from_tensor_slices(pictures(TRAIN, 0)).shuffle(TRAIN, seed=1).batch(BATCH)
train = train.map(lambda x, y: (flip(x * 2.0 - 1.0, training=True), y)).prefetch(1)
held_out = tf.data.Dataset.from_tensor_slices(pictures(HELD_OUT, 1)).batch(20)
held_out = held_out.map(lambda x, y: (x * 2.0 - 1.0, y))
picture_model().fit(
    train, epochs=EPOCHS, verbose=2, validation_data=held_out, class_weight=CLASS_WEIGHT
)
