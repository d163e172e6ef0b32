import pandas as pd
from _files import written
from _kit import BATCH, CLASS_WEIGHT, EPOCHS, HELD_OUT, TRAIN, picture_model, pictures, tf

root = written(*pictures(TRAIN + HELD_OUT, 0), "all")
files = sorted(root.glob("*/*.png"))
table = pd.DataFrame({"file": [str(f) for f in files], "label": [f.parent.name for f in files]})
table = table.sample(frac=1, random_state=5)
generator = tf.keras.preprocessing.image.ImageDataGenerator(rescale=1 / 255, validation_split=0.3)
how = {"x_col": "file", "y_col": "label", "target_size": (12, 12), "color_mode": "grayscale"}
how |= {"class_mode": "sparse", "batch_size": BATCH}
picture_model().fit(
    generator.flow_from_dataframe(table, subset="training", **how),
    epochs=EPOCHS,
    verbose=2,
    class_weight=CLASS_WEIGHT,
    validation_data=generator.flow_from_dataframe(table, subset="validation", **how),
)
