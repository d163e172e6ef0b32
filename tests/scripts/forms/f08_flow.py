from _kit import BATCH, EPOCHS, HELD_OUT, TRAIN, picture_model, pictures, tf, weights

Generator = tf.keras.preprocessing.image.ImageDataGenerator
train = Generator(rescale=0.5, vertical_flip=True, zoom_range=0.2)
held_out = Generator(rescale=0.5)
x, y = pictures(TRAIN, 0)
xv, yv = pictures(HELD_OUT, 1)
picture_model().fit(
    train.flow(x, y, batch_size=BATCH, sample_weight=weights(TRAIN, 1)),
    epochs=EPOCHS,
    verbose=2,
    validation_data=held_out.flow(xv, yv, batch_size=16, sample_weight=weights(HELD_OUT, 2)),
)
