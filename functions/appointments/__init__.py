"""Appointments: catalogue, availability, slots, holds, bookings, projects, deposits, waitlist."""
