"""Graphs that use allowed operators only and yet would fill the memory, never end, or say what they are not."""

import itertools

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from napari_retrogan.core.errors import InvalidGeneratorFile
from napari_retrogan.core.graphs.graph_check import check_graph
from napari_retrogan.core.inference.session import open_session


@pytest.fixture
def model(generator):
    return onnx.load_model_from_string(generator.graph)


def first(model, operator):
    return next(node for node in model.graph.node if node.op_type == operator)


def put_first(model, nodes):
    rest = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*nodes, *rest])


def doubling(model):
    names = ["image", *(f"doubled_{number}" for number in range(40))]
    put_first(model, [helper.make_node("Concat", [a, a], [b], axis=3) for a, b in itertools.pairwise(names)])


def doubling_of_constants(model):
    """What a runtime computes as soon as it opens the graph."""
    constant = model.graph.initializer[0].name
    names = [constant, *(f"doubled_{number}" for number in range(40))]
    put_first(model, [helper.make_node("Concat", [a, a], [b], axis=0) for a, b in itertools.pairwise(names)])


def outer_product(model):
    for name, shape in {"long": (3000, 1, 1, 1), "wide": (1, 3000, 1, 1)}.items():
        model.graph.initializer.append(numpy_helper.from_array(np.ones(shape, np.float32), name))
    put_first(model, [helper.make_node("Mul", ["long", "wide"], ["product"])])


def padding(model):
    first(model, "Conv").attribute.append(helper.make_attribute("pads", [1000] * 4))
    put_first(model, [helper.make_node("Conv", ["image", "many"], ["padded"], pads=[1000] * 4)])
    model.graph.initializer.append(numpy_helper.from_array(np.ones((16, 3, 1, 1), np.float32), "many"))


def far_padding(model):
    first(model, "Conv").attribute.append(helper.make_attribute("pads", [2**40] * 4))


def many_filters(model):
    model.graph.initializer.append(numpy_helper.from_array(np.ones((50_000, 3, 1, 1), np.float32), "many"))
    put_first(model, [helper.make_node("Conv", ["image", "many"], ["filtered"])])


def wide_kernels(model):
    model.graph.initializer.append(numpy_helper.from_array(np.ones((32, 3, 90, 90), np.float32), "wide"))
    put_first(model, [helper.make_node("Conv", ["image", "wide"], ["filtered"])])


def many_nodes(model):
    put_first(model, [helper.make_node("Add", ["image", "image"], [f"sum_{number}"]) for number in range(600)])


def shape_without_values(model):
    model.graph.initializer[0].dims[0] = 2**40


def text_constant(model):
    model.graph.initializer[0].data_type = onnx.TensorProto.STRING


def values_elsewhere(model):
    tensor = model.graph.initializer[0]
    values = np.frombuffer(tensor.raw_data, np.float32)
    tensor.ClearField("raw_data")
    tensor.float_data.extend(values.tolist())


def cycle(model):
    node = first(model, "Add")
    node.input[0] = node.output[0]


def other_size(model):
    first(model, "Slice").input[1] = first(model, "Slice").input[2]


def other_input_shape(model):
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 30_000


def documentation(model):
    model.graph.doc_string = "read me"


CHANGES = [doubling, doubling_of_constants, outer_product, padding, far_padding, many_filters, wide_kernels,
           many_nodes, shape_without_values, text_constant, values_elsewhere, cycle, other_size, other_input_shape,
           documentation]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_graphs_that_would_do_harm_are_refused_before_a_session_is_made(model, change):
    change(model)
    with pytest.raises(InvalidGeneratorFile, match="The generator's graph") as error:
        check_graph(model.SerializeToString())
    assert "\n" not in str(error.value)


def test_fields_from_a_later_onnx_are_refused(generator):
    with pytest.raises(InvalidGeneratorFile, match="doesn't know"):
        check_graph(generator.graph + b"\xa2\x3f\x04evil")


def test_a_graph_that_looks_like_the_runtimes_own_format_is_read_as_onnx(generator):
    """Flatbuffers name their kind at the fifth byte, which ONNX leaves to anybody."""
    disguised = b"\x12\x08..ORTM.." + generator.graph
    assert disguised[4:8] == b"ORTM"
    check_graph(disguised)
    assert [value.name for value in open_session(disguised).get_outputs()] == ["result"]
