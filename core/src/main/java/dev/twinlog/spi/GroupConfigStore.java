package dev.twinlog.spi;

import dev.twinlog.spi.GroupStore.Failure;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The ability of a {@link ShareGroupStore} to describe and to change the configs of share groups,
 * so that those of the target are kept in step: one says where a group begins in a partition in
 * which it has no position, for instance.
 *
 * <p>Threading, errors, lifecycle, blocking and results as {@link GroupStore}.
 */
public interface GroupConfigStore {

  /** The configs of these share groups, which need not exist. */
  Map<String, GroupConfigs> groupConfigs(Collection<String> groups);

  /**
   * Changes configs. All changes of a group are made, or none.
   *
   * @param changes by group and config: the value to set, or empty to remove it from the group,
   *     which then inherits it
   * @return for every group either empty, or why none of its changes was made
   */
  Map<String, Optional<Failure>> alterGroupConfigs(
      Map<String, Map<String, Optional<String>>> changes);

  /**
   * The configs of one share group.
   *
   * @param own those that are set on the group itself
   * @param known the names of all configs that the cluster knows for share groups
   * @param failure why they could not be read; then there are none
   */
  record GroupConfigs(Map<String, String> own, Set<String> known, Optional<Failure> failure) {
    public GroupConfigs {
      own = Map.copyOf(own);
      known = Set.copyOf(known);
      Objects.requireNonNull(failure, "failure");
    }

    /** Configs that were read. */
    public static GroupConfigs of(Map<String, String> own, Set<String> known) {
      return new GroupConfigs(own, known, Optional.empty());
    }

    /** Configs that could not be read. */
    public static GroupConfigs failed(Failure failure) {
      return new GroupConfigs(Map.of(), Set.of(), Optional.of(failure));
    }
  }
}
