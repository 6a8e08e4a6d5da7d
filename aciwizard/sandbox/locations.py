"""Some of Azure's regions: as the locations call lists them, and as a PUT may name them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aciwizard.sandbox.http import Json, Refused, error


@dataclass(frozen=True, slots=True)
class Location:
    name: str
    display: str
    geography: str
    continent: str
    longitude: str
    latitude: str
    paired: str

    def body(self, subscription: str) -> dict[str, Any]:
        """The location as ARM writes it; longitude and latitude are strings there."""
        prefix = f"/subscriptions/{subscription}/locations/"
        return {
            "id": prefix + self.name,
            "name": self.name,
            "type": "Region",
            "displayName": self.display,
            "regionalDisplayName": f"({self.continent}) {self.display}",
            "metadata": {
                "regionType": "Physical",
                "regionCategory": "Recommended",
                "geography": self.geography,
                "geographyGroup": self.continent,
                "longitude": self.longitude,
                "latitude": self.latitude,
                "physicalLocation": "",
                "pairedRegion": [{"name": self.paired, "id": prefix + self.paired}],
            },
        }


def chosen(sent: Json, kind: str) -> str:
    """The region a PUT of a resource of this kind names, or Refused with ARM's errors."""
    location = str(sent.get("location") or "").replace(" ", "").lower()
    known = [place.name for place in LOCATIONS]
    if not location:
        raise Refused(
            error(400, "LocationRequired", "The location property is required for this definition.")
        )
    if location not in known:
        raise Refused(
            error(
                400,
                "LocationNotAvailableForResourceType",
                f"The provided location '{sent['location']}' is not available for resource type '{kind}'. List of available regions for the resource type is '{','.join(known)}'.",
            )
        )
    return location


LOCATIONS = (
    Location("eastus", "East US", "United States", "US", "-79.8164", "37.3719", "westus"),
    Location("eastus2", "East US 2", "United States", "US", "-78.3889", "36.6681", "centralus"),
    Location("centralus", "Central US", "United States", "US", "-93.6208", "41.5908", "eastus2"),
    Location("westus", "West US", "United States", "US", "-122.417", "37.783", "eastus"),
    Location("westus2", "West US 2", "United States", "US", "-119.852", "47.233", "westcentralus"),
    Location("northeurope", "North Europe", "Europe", "Europe", "-6.2597", "53.3478", "westeurope"),
    Location("westeurope", "West Europe", "Europe", "Europe", "4.9", "52.3667", "northeurope"),
    Location("uksouth", "UK South", "United Kingdom", "Europe", "-0.799", "50.941", "ukwest"),
    Location(
        "swedencentral", "Sweden Central", "Sweden", "Europe", "17.14127", "60.67488", "swedensouth"
    ),
    Location(
        "germanywestcentral",
        "Germany West Central",
        "Germany",
        "Europe",
        "8.682127",
        "50.110924",
        "germanynorth",
    ),
    Location(
        "southeastasia",
        "Southeast Asia",
        "Asia Pacific",
        "Asia Pacific",
        "103.833",
        "1.283",
        "eastasia",
    ),
    Location("japaneast", "Japan East", "Japan", "Asia Pacific", "139.77", "35.68", "japanwest"),
    Location(
        "australiaeast",
        "Australia East",
        "Australia",
        "Asia Pacific",
        "151.2094",
        "-33.86",
        "australiasoutheast",
    ),
)
