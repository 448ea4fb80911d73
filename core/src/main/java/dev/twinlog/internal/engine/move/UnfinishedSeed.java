package dev.twinlog.internal.engine.move;

import dev.twinlog.internal.progress.ReverseEntries;
import dev.twinlog.internal.progress.SeedHeader;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.StoredEntry;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;

/** Refuses a link whose state is only partly that of a reverse link. Stateless. */
public final class UnfinishedSeed {
  private UnfinishedSeed() {}

  /**
   * Refuses it.
   *
   * @param what what it must not do yet, for the message: {@code start}
   * @throws LinkFailedException if the reversal that seeds it has begun and is not finished
   */
  public static void refuse(String link, Collection<StoredEntry> entries, String what) {
    Optional<SeedHeader> seed = ReverseEntries.seed(entries).header();
    if (seed.isPresent() && !seed.get().isDone()) {
      throw new LinkFailedException(
          "link %s must not %s yet: the reverse() of link %s that seeds it was begun at %s by %s, and is not finished: call it again"
              .formatted(
                  link,
                  what,
                  seed.get().forward(),
                  Instant.ofEpochMilli(seed.get().begunMs()),
                  seed.get().actor()));
    }
  }
}
