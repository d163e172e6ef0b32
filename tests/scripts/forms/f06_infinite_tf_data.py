from _kit import BATCH, EPOCHS, HELD_OUT, TRAIN, picture_model, pictures, tf, weights

train = tf.data.Dataset.from_tensor_slices((*pictures(TRAIN, 0), weights(TRAIN, 1)))
train = train.shuffle(100, seed=1).repeat().batch(BATCH)
held_out = tf.data.Dataset.from_tensor_slices((*pictures(HELD_OUT, 1), weights(HELD_OUT, 2)))
picture_model().fit(
    train,
    epochs=EPOCHS,
    verbose=2,
    steps_per_epoch=7,
    validation_data=held_out.batch(18).repeat(),
    validation_steps=5,
)
