from _files import written
from _kit import BATCH, CLASS_WEIGHT, EPOCHS, HELD_OUT, TRAIN, picture_model, pictures, tf

Generator = tf.keras.preprocessing.image.ImageDataGenerator
how = {"target_size": (12, 12), "color_mode": "grayscale", "class_mode": "sparse"}
train = Generator(rescale=1 / 255, width_shift_range=0.1, vertical_flip=True)
train = train.flow_from_directory(written(*pictures(TRAIN, 0), "train"), batch_size=BATCH, **how)
held_out = Generator(rescale=1 / 255)
held_out = held_out.flow_from_directory(
    written(*pictures(HELD_OUT, 1), "validation"), batch_size=1, **how
)
picture_model().fit(
    train, epochs=EPOCHS, verbose=2, validation_data=held_out, class_weight=CLASS_WEIGHT
)
