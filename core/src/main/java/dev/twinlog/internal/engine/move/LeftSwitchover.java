package dev.twinlog.internal.engine.move;

import dev.twinlog.MoveProgress.Phase;
import dev.twinlog.internal.progress.AbortedMove;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.internal.progress.MovedAcl;
import dev.twinlog.internal.status.MoveSnapshot;
import dev.twinlog.spi.AclStore;
import dev.twinlog.spi.EntryStore;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.StoredEntry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a switchover has left that did not finish, and that its own process could not take back: the
 * owner of the link does. Its methods call; used by one thread.
 */
public final class LeftSwitchover {
  private static final Logger LOG = LoggerFactory.getLogger(LeftSwitchover.class);
  private static final String REASON =
      "it was not finished, and another instance has started the link";

  private final String link;
  private final Collection<StoredEntry> entries;
  private final MoveEntries.Stored stored;

  private LeftSwitchover(String link, Collection<StoredEntry> entries, MoveEntries.Stored stored) {
    this.link = link;
    this.entries = List.copyOf(entries);
    this.stored = stored;
  }

  /** What is left of one; empty if nothing is, or the link was moved. */
  public static Optional<LeftSwitchover> in(String link, Collection<StoredEntry> entries) {
    MoveEntries.Stored stored = MoveEntries.move(entries);
    boolean isLeft =
        stored.header().map(LeftSwitchover::isUnfinished).orElse(!stored.acls().isEmpty());
    return isLeft ? Optional.of(new LeftSwitchover(link, entries, stored)) : Optional.empty();
  }

  /** Whether a move is taken back by the next start of the link. */
  public static boolean isUnfinished(MoveHeader move) {
    return move.verb().equals(Switchover.VERB) && !move.isDone();
  }

  /**
   * Takes it back: deletes its ACLs, and forgets it.
   *
   * @param source the ACLs of the source, if it has any
   * @param nowMs the time
   * @return what is shown of it, if it had begun
   * @throws RetriableException if this should be tried again
   */
  public Optional<MoveSnapshot> takeBack(
      Optional<AclStore> source, EntryStore store, long nowMs, Deadline deadline) {
    boolean isGone = deleteAcls(source);
    List<StoredEntry> changed = new ArrayList<>();
    if (stored.header().isPresent()) {
      changed.addAll(MoveEntries.withoutUnfinished(entries));
    }
    if (isGone) {
      changed.addAll(MoveEntries.withoutAcls(entries));
    }
    stored
        .header()
        .ifPresent(move -> changed.add(MoveEntries.of(new AbortedMove(move.done(nowMs), REASON))));
    if (!changed.isEmpty()) {
      deadline.await(store.saveEntries(changed), "saving that a switchover is taken back");
    }
    stored
        .header()
        .ifPresent(
            move ->
                LOG.warn(
                    "link {}: the switchover that {} began is taken back: {}",
                    link,
                    move.actor(),
                    REASON));
    return stored
        .header()
        .map(move -> Switchover.snapshot(move.done(nowMs), Phase.ABORTED, REASON));
  }

  /** Returns false if they may not be deleted: then the next start tries it again. */
  private boolean deleteAcls(Optional<AclStore> source) {
    // those of the target are deleted by the sync of ACLs, which holds them back again
    List<MovedAcl> acls = stored.acls().stream().filter(MovedAcl::inSource).toList();
    if (acls.isEmpty()) {
      return true;
    }
    Optional<ReplicationException> refusal =
        source.isPresent()
            ? new WriterFence(source.get()).delete(acls)
            : Optional.of(new ReplicationException("the source keeps no ACLs"));
    if (refusal.isPresent() && refusal.get() instanceof RetriableException) {
      throw refusal.get();
    }
    refusal.ifPresent(
        why ->
            LOG.warn(
                "link {}: a switchover has left {} ACLs in the source that refuse what producers write, and they can't be deleted ({}); the first: {}",
                link,
                acls.size(),
                why.getMessage(),
                acls.get(0).entry()));
    return refusal.isEmpty();
  }
}
