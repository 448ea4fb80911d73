package dev.twinlog.internal.abilities;

import java.util.Optional;

/** Finds out once which further interfaces of the SPI a part implements. Stateless. */
final class Abilities {
  private Abilities() {}

  static <T> Optional<T> find(Object part, Class<T> ability) {
    return ability.isInstance(part) ? Optional.of(ability.cast(part)) : Optional.empty();
  }
}
