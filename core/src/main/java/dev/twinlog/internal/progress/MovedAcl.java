package dev.twinlog.internal.progress;

import dev.twinlog.spi.AclEntry;
import java.util.Objects;

/**
 * An ACL that a move creates; remembered before it is created. Immutable.
 *
 * @param inSource whether in the source, else in the target
 */
public record MovedAcl(boolean inSource, AclEntry entry) {
  public MovedAcl {
    Objects.requireNonNull(entry, "entry");
  }
}
