package dev.twinlog.testkit;

import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * The JUnit extension behind {@link TwinClusters}: starts the clusters and resolves {@link
 * TwinKafka} parameters.
 */
final class TwinClustersExtension implements BeforeAllCallback, ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(TwinClustersExtension.class);
  private static final String OWN = "own pair";
  private static final String SHARED = "shared pair";
  private static final String COUNTER = "tests";

  @Override
  public void beforeAll(ExtensionContext context) {
    TwinClusters wish = wish(context);
    if (isOwn(wish)) {
      // A nested class finds its outer class's pair here.
      get(context.getStore(NAMESPACE), OWN, Pair.class, () -> Pair.start(wish));
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == TwinKafka.class;
  }

  @Override
  public TwinKafka resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Store root = context.getRoot().getStore(NAMESPACE);
    Pair own = context.getStore(NAMESPACE).get(OWN, Pair.class);
    Pair pair = own != null ? own : get(root, SHARED, Pair.class, Pair::startShared);
    AtomicInteger counter = get(root, COUNTER, AtomicInteger.class, AtomicInteger::new);
    return get(
        context.getStore(NAMESPACE),
        context.getUniqueId(),
        TwinKafka.class,
        () -> new TwinKafka(pair.source(), pair.target(), "-t" + counter.incrementAndGet()));
  }

  /** Returns the stored value, or makes and stores it, by a method that JUnit has from 5.10 on. */
  @SuppressWarnings("deprecation") // its successor came with JUnit 6
  private static <V> V get(Store store, String key, Class<V> type, Supplier<V> make) {
    V value = store.getOrComputeIfAbsent(key, any -> make.get(), type);
    return Objects.requireNonNull(value, "a supplier makes no null");
  }

  private static boolean isOwn(TwinClusters wish) {
    return wish.dedicated() || wish.brokers() != 1 || wish.config().length > 0;
  }

  private static TwinClusters wish(ExtensionContext context) {
    for (Class<?> type = context.getRequiredTestClass();
        type != null;
        type = type.getEnclosingClass()) {
      Optional<TwinClusters> found = AnnotationSupport.findAnnotation(type, TwinClusters.class);
      if (found.isPresent()) {
        return found.get();
      }
    }
    throw new ExtensionConfigurationException(
        context.getRequiredTestClass() + " has no @TwinClusters");
  }

  /**
   * The two clusters, closed by the store that holds them; before JUnit 5.13 through the older
   * interface only.
   */
  @SuppressWarnings("deprecation")
  private record Pair(EmbeddedKafka source, EmbeddedKafka target)
      implements AutoCloseable, Store.CloseableResource {
    private static Pair start(TwinClusters wish) {
      EmbeddedKafka source = cluster(wish);
      try {
        return new Pair(source, cluster(wish));
      } catch (RuntimeException e) {
        source.close();
        throw e;
      }
    }

    private static Pair startShared() {
      EmbeddedKafka source = EmbeddedKafka.start();
      Pair pair;
      try {
        pair = new Pair(source, EmbeddedKafka.start());
      } catch (RuntimeException e) {
        source.close();
        throw e;
      }
      String owner =
          "all classes with @TwinClusters; use @TwinClusters(dedicated = true) for a pair of its own";
      pair.source.sharedBy(owner);
      pair.target.sharedBy(owner);
      return pair;
    }

    private static EmbeddedKafka cluster(TwinClusters wish) {
      EmbeddedKafka.Builder builder = EmbeddedKafka.builder().brokers(wish.brokers());
      for (String setting : wish.config()) {
        int equals = setting.indexOf('=');
        if (equals < 1) {
          throw new ExtensionConfigurationException(
              "the setting \"" + setting + "\" of @TwinClusters is not of the form key=value");
        }
        builder.config(setting.substring(0, equals), setting.substring(equals + 1));
      }
      return builder.start();
    }

    @Override
    public void close() {
      source.sharedBy(null);
      target.sharedBy(null);
      try {
        source.close();
      } finally {
        target.close();
      }
    }
  }
}
