package dev.turnout.examples.places.store;

import static java.util.Objects.requireNonNull;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * A populated place.
 *
 * @param id GeoNames' number
 * @param name in its local spelling
 * @param country ISO 3166-1, two letters
 * @param featureCode GeoNames' kind of place
 * @param admin1 code of the first-order division; empty if not known
 * @param admin2 code of the division inside it; empty if not known
 * @param population 0 if not known
 * @param longitude degrees, with five decimals, about a metre
 * @param latitude degrees, with five decimals
 */
public record Place(
        long id,
        String name,
        String country,
        String featureCode,
        String admin1,
        String admin2,
        long population,
        BigDecimal longitude,
        BigDecimal latitude) {
    private static final int DECIMALS = 5;

    /** Brings the coordinates to one scale, without which two equal places would differ. */
    public Place {
        requireNonNull(name, "name");
        requireNonNull(country, "country");
        requireNonNull(featureCode, "featureCode");
        requireNonNull(admin1, "admin1");
        requireNonNull(admin2, "admin2");
        longitude = longitude.setScale(DECIMALS, RoundingMode.HALF_EVEN);
        latitude = latitude.setScale(DECIMALS, RoundingMode.HALF_EVEN);
        if (admin1.isEmpty() && !admin2.isEmpty()) {
            throw new IllegalArgumentException("Place " + id + " lies in division '" + admin2 + "' of no division.");
        }
    }

    /** All the same, but for the population. */
    public Place withPopulation(long people) {
        return new Place(id, name, country, featureCode, admin1, admin2, people, longitude, latitude);
    }

    /** All the same, as another place. */
    public Place withId(long otherId) {
        return new Place(otherId, name, country, featureCode, admin1, admin2, population, longitude, latitude);
    }
}
