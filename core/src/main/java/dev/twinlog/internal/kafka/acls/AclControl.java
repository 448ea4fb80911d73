package dev.twinlog.internal.kafka.acls;

import dev.twinlog.internal.kafka.cluster.AdminResults;
import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.spi.AclEntry;
import dev.twinlog.spi.AclStore;
import dev.twinlog.spi.Acls;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AccessControlEntryFilter;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.SecurityDisabledException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourcePatternFilter;
import org.apache.kafka.common.resource.ResourceType;

/** Lists and changes the ACLs of a cluster. Thread-safe. */
public final class AclControl implements AclStore {

  /** So many are changed with one request. */
  private static final int BATCH = 1_000;

  private final LazyAdmin admin;

  public AclControl(LazyAdmin admin) {
    this.admin = admin;
  }

  @Override
  public Acls acls(Set<AclEntry.Kind> kinds) {
    Set<AclEntry> entries = new HashSet<>();
    for (AclEntry.Kind kind : kinds) {
      AclBindingFilter all =
          new AclBindingFilter(
              new ResourcePatternFilter(type(kind), null, PatternType.ANY),
              AccessControlEntryFilter.ANY);
      try {
        for (AclBinding binding : AdminResults.get(admin.get().describeAcls(all).values())) {
          entry(kind, binding).ifPresent(entries::add);
        }
      } catch (SecurityDisabledException e) {
        return new Acls.Unavailable(admin.errors().alias() + " has no authorizer");
      } catch (ClusterAuthorizationException e) {
        return new Acls.Unavailable(missing("DESCRIBE"));
      } catch (RuntimeException e) {
        throw admin.errors().call("list its ACLs", "DESCRIBE on Cluster", e);
      }
    }
    return new Acls.Found(entries);
  }

  private String missing(String operation) {
    return "missing permission on %s: %s on Cluster".formatted(admin.errors().alias(), operation);
  }

  @Override
  public Optional<String> unalterable() {
    try {
      Set<AclOperation> allowed =
          AdminResults.get(
              admin
                  .get()
                  .describeCluster(new DescribeClusterOptions().includeAuthorizedOperations(true))
                  .authorizedOperations());
      return allowed == null || allowed.contains(AclOperation.ALTER)
          ? Optional.empty()
          : Optional.of(missing("ALTER"));
    } catch (RuntimeException e) {
      throw admin.errors().call("describe the cluster", null, e);
    }
  }

  @Override
  public Map<AclEntry, Optional<ReplicationException>> createAcls(Collection<AclEntry> entries) {
    Map<AclEntry, Optional<ReplicationException>> results = new HashMap<>();
    for (List<AclEntry> batch : batches(entries)) {
      Map<AclBinding, KafkaFuture<Void>> answers =
          admin.get().createAcls(batch.stream().map(AclControl::binding).toList()).values();
      batch.forEach(
          entry ->
              results.put(
                  entry,
                  result("create " + entry, Objects.requireNonNull(answers.get(binding(entry))))));
    }
    return results;
  }

  @Override
  public Map<AclEntry, Optional<ReplicationException>> deleteAcls(Collection<AclEntry> entries) {
    Map<AclEntry, Optional<ReplicationException>> results = new HashMap<>();
    for (List<AclEntry> batch : batches(entries)) {
      Map<AclBindingFilter, ? extends KafkaFuture<?>> answers =
          admin
              .get()
              .deleteAcls(batch.stream().map(entry -> binding(entry).toFilter()).toList())
              .values();
      batch.forEach(
          entry ->
              results.put(
                  entry,
                  result(
                      "delete " + entry,
                      Objects.requireNonNull(answers.get(binding(entry).toFilter())))));
    }
    return results;
  }

  private Optional<ReplicationException> result(String doing, KafkaFuture<?> answer) {
    try {
      AdminResults.get(answer);
      return Optional.empty();
    } catch (RuntimeException e) {
      return Optional.of(refusal(doing, e));
    }
  }

  /** A missing permission concerns ACLs only, not the link. */
  private ReplicationException refusal(String doing, RuntimeException thrown) {
    return KafkaErrors.unwrap(thrown) instanceof ClusterAuthorizationException cause
        ? new PartitionFailedException(missing("ALTER"), cause)
        : admin.errors().call(doing, null, thrown);
  }

  private static List<List<AclEntry>> batches(Collection<AclEntry> entries) {
    List<AclEntry> all = List.copyOf(entries);
    List<List<AclEntry>> batches = new ArrayList<>();
    for (int from = 0; from < all.size(); from += BATCH) {
      batches.add(all.subList(from, Math.min(all.size(), from + BATCH)));
    }
    return batches;
  }

  private static ResourceType type(AclEntry.Kind kind) {
    return switch (kind) {
      case TOPIC -> ResourceType.TOPIC;
      case GROUP -> ResourceType.GROUP;
    };
  }

  private static AclBinding binding(AclEntry entry) {
    return new AclBinding(
        new ResourcePattern(
            type(entry.kind()),
            entry.name(),
            entry.pattern() == AclEntry.Pattern.LITERAL
                ? PatternType.LITERAL
                : PatternType.PREFIXED),
        new AccessControlEntry(
            entry.principal(),
            entry.host(),
            AclOperation.valueOf(entry.operation()),
            entry.permission() == AclEntry.Permission.ALLOW
                ? AclPermissionType.ALLOW
                : AclPermissionType.DENY));
  }

  /** Empty for what only a newer Kafka knows, which this client can't create elsewhere. */
  private static Optional<AclEntry> entry(AclEntry.Kind kind, AclBinding binding) {
    PatternType pattern = binding.pattern().patternType();
    boolean known = pattern == PatternType.LITERAL || pattern == PatternType.PREFIXED;
    AccessControlEntry entry = binding.entry();
    if (!known || binding.isUnknown()) {
      return Optional.empty();
    }
    return Optional.of(
        new AclEntry(
            kind,
            pattern == PatternType.LITERAL ? AclEntry.Pattern.LITERAL : AclEntry.Pattern.PREFIXED,
            binding.pattern().name(),
            entry.principal(),
            entry.host(),
            entry.operation().name(),
            entry.permissionType() == AclPermissionType.ALLOW
                ? AclEntry.Permission.ALLOW
                : AclEntry.Permission.DENY));
  }
}
