package dev.twinlog.spi;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The ability of a source or a sink to list the ACLs of its cluster, and of a sink to change them,
 * so that they are kept in step.
 *
 * <p><b>Threading.</b> Called by another thread than the rest of the source or sink, at the same
 * time as that, one call at a time.
 *
 * <p><b>Errors.</b> What concerns one entry is a result. A failure that ends by itself is a {@link
 * RetriableException}: the call is repeated later.
 *
 * <p><b>Lifecycle.</b> As {@link Source} and {@link Sink}.
 *
 * <p><b>Blocking.</b> May block, for seconds at the most.
 */
public interface AclStore {

  /** Lists the entries of these kinds of resources. */
  Acls acls(Set<AclEntry.Kind> kinds);

  /** Why entries can't be changed, for the status of the link; empty if they can. */
  Optional<String> unalterable();

  /**
   * Creates entries; one that exists already is no error.
   *
   * @return for every entry either empty, or why it was not created; a {@link RetriableException}
   *     if that is to be tried again, else it is refused
   */
  Map<AclEntry, Optional<ReplicationException>> createAcls(Collection<AclEntry> entries);

  /**
   * Deletes exactly these entries; one that does not exist is no error.
   *
   * @return as {@link #createAcls}
   */
  Map<AclEntry, Optional<ReplicationException>> deleteAcls(Collection<AclEntry> entries);
}
