package dev.twinlog.internal.engine.move;

import dev.twinlog.AclChange;
import dev.twinlog.internal.progress.MovedAcl;
import dev.twinlog.spi.AclEntry;

/** An ACL in the report of a move. Immutable. */
record StoredAcl(MovedAcl acl) implements AclChange {
  @Override
  public Side side() {
    return acl.inSource() ? Side.SOURCE : Side.TARGET;
  }

  @Override
  public AclEntry entry() {
    return acl.entry();
  }

  @Override
  public String toString() {
    return "%s: %s".formatted(side(), entry());
  }
}
