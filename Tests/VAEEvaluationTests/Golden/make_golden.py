"""Writes classification.json, clustering.json and embedding.json as scikit-learn computes them.

    pip install scikit-learn numpy scipy
    python make_golden.py
"""

import json
from pathlib import Path

import numpy as np
from scipy.special import log_softmax, softmax
from sklearn import cluster, decomposition, manifold, metrics, mixture, neighbors
from sklearn.datasets import load_digits, make_blobs

numbers = np.random.default_rng(2026)
here = Path(__file__).parent


def write(name, content):
    text = json.dumps(content, default=lambda value: np.asarray(value).tolist())
    (here / name).write_text(text + "\n")


def calibration_error(probabilities, labels, bins=15):
    """Guo et al. 2017, equation 3, as in the authors' temperature_scaling.py."""
    confidence = probabilities.max(1)
    right = probabilities.argmax(1) == labels
    edges = np.linspace(0, 1, bins + 1)
    error = 0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            error += abs(confidence[inside].mean() - right[inside].mean()) * inside.mean()
    return error


def classification(classes, examples, missing=()):
    logits = numbers.normal(size=(examples, classes)).round(6)
    labels = numbers.integers(0, classes, examples)
    labels[np.isin(labels, missing)] = 0
    logits[:, list(missing)] -= 9
    logits[np.arange(examples), labels] += 1.5
    probabilities = softmax(logits, 1)
    predictions = logits.argmax(1)
    each = metrics.precision_recall_fscore_support(
        labels, predictions, labels=range(classes), zero_division=0)
    macro = metrics.precision_recall_fscore_support(
        labels, predictions, average="macro", zero_division=0)
    return {
        "logits": logits, "labels": labels, "classCount": classes,
        "accuracy": metrics.accuracy_score(labels, predictions),
        "topTwo": metrics.top_k_accuracy_score(labels, logits, k=2, labels=range(classes)),
        "confusion": metrics.confusion_matrix(labels, predictions, labels=range(classes)),
        "precision": each[0], "recall": each[1], "f1": each[2], "macro": macro[:3],
        "negativeLogLikelihood": -log_softmax(logits, 1)[np.arange(examples), labels].mean(),
        "calibrationError": calibration_error(probabilities, labels),
    }


def ranking(examples, digits):
    positive = numbers.random(examples) < 0.2
    scores = (numbers.normal(size=examples) + positive).round(digits)
    return {
        "scores": scores, "isPositive": positive,
        "areaUnderROC": metrics.roc_auc_score(positive, scores),
        "averagePrecision": metrics.average_precision_score(positive, scores),
    }


def neighbours():
    points, labels = make_blobs(120, 4, centers=3, cluster_std=3, random_state=1)
    points = points.round(4)
    model = neighbors.KNeighborsClassifier(5, algorithm="brute").fit(points[:80], labels[:80])
    return {
        "points": points[:80], "labels": labels[:80], "queries": points[80:],
        "nearest": model.kneighbors(points[80:], return_distance=False),
        "predictions": model.predict(points[80:]),
    }


write("classification.json", {
    "classification": [classification(4, 60), classification(3, 25), classification(6, 80, (2, 5))],
    "ranking": [ranking(50, 9), ranking(80, 1), ranking(40, 0)],
    "neighbours": neighbours(),
})


def agreement(left, right):
    table = metrics.cluster.contingency_matrix(right, left)
    from scipy.optimize import linear_sum_assignment
    rows, columns = linear_sum_assignment(-table)
    return {
        "clusters": left, "labels": right,
        "normalizedMutualInformation": metrics.normalized_mutual_info_score(right, left),
        "adjustedRandIndex": metrics.adjusted_rand_score(right, left),
        "matchedAccuracy": table[rows, columns].sum() / len(left),
    }


def noisy(examples, clusters, classes, share):
    labels = numbers.integers(0, classes, examples)
    order = numbers.permutation(max(clusters, classes))
    found = order[labels] % clusters
    lost = numbers.random(examples) < share
    found[lost] = numbers.integers(0, clusters, lost.sum())
    return agreement(found, labels)


def blobs():
    points, labels = make_blobs(150, 3, centers=4, cluster_std=1.5, random_state=4)
    points = points.round(4)
    kmeans = cluster.KMeans(4, n_init=20, random_state=0, tol=0).fit(points)
    result = {"points": points, "labels": labels, "inertia": kmeans.inertia_}
    for kind, name in [("diag", "diagonal"), ("full", "full")]:
        model = mixture.GaussianMixture(
            4, covariance_type=kind, tol=1e-10, max_iter=1000, random_state=0).fit(points)
        result[name] = {
            "logLikelihood": model.score(points), "weights": np.sort(model.weights_),
            "clusters": model.predict(points),
        }
    return result


write("clustering.json", {
    "agreement": [
        noisy(200, 5, 5, 0.3), noisy(100, 3, 6, 0.2), noisy(90, 7, 4, 0.5), noisy(60, 4, 4, 1),
    ],
    "blobs": blobs(),
})


def embedding():
    points, labels = load_digits(return_X_y=True)
    points = decomposition.PCA(8).fit_transform(points[:200]).round(3)
    model = decomposition.PCA().fit(points)
    distances = {}
    for perplexity in [15]:
        found = manifold.TSNE(
            perplexity=perplexity, init="pca", method="exact", random_state=0)
        codes = found.fit_transform(points)
        distances[str(perplexity)] = {
            "divergence": found.kl_divergence_,
            "trustworthiness": manifold.trustworthiness(points, codes, n_neighbors=10),
        }
    components = model.components_
    signs = np.sign(components[np.arange(8), np.abs(components).argmax(1)])
    return {
        "points": points, "labels": labels[:200], "mean": model.mean_,
        "variances": model.explained_variance_, "ratios": model.explained_variance_ratio_,
        "components": components * signs[:, None], "tsne": distances,
    }


write("embedding.json", embedding())
