"""Who gets what of outages: written by hand from issue 6 and ARCHITECTURE, not read off the code.

The outage of the story lies in the Jiangwan station; its area belongs to the grid of ``grid_worker``.
"""

GROUPS = {
    # A grid worker sees own grids, a station its own, those who work company-wide all of them.
    "sees_outage": "hotline leaders manager auditor centre duty_officer unit unit_boss station_staff",
    "outage_desk": "duty_officer shift_leader supervisor director station_head deputy_station_head",
    "outage_answerers": "duty_officer shift_leader supervisor director",
    "outage_crew": "outage_desk grid_worker unit unit_boss",
    # Marks of customers are for the hotline and the station's own people (S0-R08).
    "reaches_sensitive": "shift_leader supervisor director station_staff",
    "told_of_sensitive": "hotline leaders manager auditor centre station_staff",
}

PAGES = """
outages                       | hotline departments leaders manager auditor | -
outage_new                    | outage_desk grid_worker       | outage_desk grid_worker
outage_dismiss                | -                             | outage_desk grid_worker | sees_outage
outage                        | sees_outage                   | -                    | sees_outage
outage_clocks                 | sees_outage                   | -                    | sees_outage
outage_act                    | outage_desk                   | outage_desk          | sees_outage
outage_publish                | -                             | outage_crew          | sees_outage
outage_posted                 | -                             | outage_crew          | sees_outage
outage_photos                 | -                             | outage_crew          | sees_outage
outage_photo                  | sees_outage                   | -                    | sees_outage
outage_acknowledge            | -                             | grid_worker          | sees_outage
outage_check_in               | -                             | outage_crew          | sees_outage
outage_attendance             | -                             | outage_crew          | sees_outage
outage_measure                | -                             | outage_crew          | sees_outage
outage_sensitive              | -                             | reaches_sensitive    | told_of_sensitive
outage_announce               | -                             | outage_desk          | sees_outage
outage_answer                 | -                             | outage_answerers     | sees_outage
outage_link_order             | -                             | outage_crew          | sees_outage
outage_call_back              | -                             | hotline              | sees_outage
"""
