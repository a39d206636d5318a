"""The demo tasks.

Owner, title, priority, start and due in days from today, done so many days ago, list,
labels, notes.
"""

DEMO = [
    ("noor", "Pay the mooring fee", 3, None, -2, None, "Boat", ["money"], ""),
    ("noor", "Answer the harbour office", 2, None, -1, None, "Boat", ["letters"], ""),
    (
        "noor",
        "Water the tomato seeds",
        2,
        -5,
        0,
        None,
        "Garden",
        ["daily"],
        "The ones on the window sill.\nNot the basil.",
    ),
    ("noor", "Call the sail maker", 3, None, 0, None, "Boat", ["calls"], ""),
    ("noor", "Order seed potatoes", 2, None, 1, None, "Garden", ["money"], ""),
    ("noor", "Fetch the parcel", 1, None, 1, None, "", [], ""),
    ("noor", "Send the accounts", 3, 0, 3, None, "Work", ["money", "letters"], ""),
    ("noor", "Book the ferry", 2, None, 4, None, "Work", ["calls", "money"], ""),
    ("noor", "Sow the broad beans", 2, 2, 6, None, "Garden", [], "Two rows."),
    ("noor", "Oil the garden gate", 1, None, 9, None, "Garden", [], ""),
    ("noor", "Write to Tante Inès", 2, None, 12, None, "", ["letters"], ""),
    ("noor", "Renew the fishing licence", 2, 7, 20, None, "Boat", ["money"], ""),
    ("noor", "Paint the hull", 1, 30, 60, None, "Boat", [], "Blue, as before."),
    ("noor", "Read about knots", 1, None, None, None, "Boat", [], ""),
    ("noor", "Find a new umbrella", 1, None, None, None, "", ["money"], ""),
    ("noor", "Mend the grey jumper", 2, None, None, None, "", [], ""),
    ("noor", "Learn the second verse", 1, None, None, None, "", ["daily"], ""),
    ("noor", "Sort the seed box", 2, None, -6, 7, "Garden", [], ""),
    ("noor", "Return the library books", 2, None, -4, 4, "", [], ""),
    ("noor", "Buy rope", 2, None, None, 3, "Boat", ["money"], "Twelve metres."),
    ("noor", "Call the dentist", 3, None, -3, 2, "", ["calls"], ""),
    ("noor", "Print the timetable", 1, None, None, 1, "Work", [], ""),
    ("noor", "Thank the neighbours", 2, None, 0, 1, "", ["letters"], ""),
    ("kai", "Feed the sourdough", 2, None, 0, None, "Kitchen", ["daily"], ""),
    ("kai", "Sharpen the knives", 1, None, -1, None, "Kitchen", [], ""),
    ("kai", "Book a table for six", 3, None, 2, None, "", ["calls"], ""),
]
